import type { GpuContext } from "../gpu/context.ts";
import type { Binding, Dispatch } from "../gpu/kernel.ts";
import type { AttentionOptions, AttentionShape } from "../layers/attention.ts";
import type { RowRange } from "../layers/grid.ts";
import { linearPartials } from "../layers/linear.ts";
import { rmsNormPartials } from "../layers/rms-norm.ts";
import { vectorPartials } from "../layers/vector-partials.ts";
import type { AttentionPlan } from "./architectures/architecture.ts";
import { layerPlans } from "./architectures/registry.ts";
import type { BlockTensor, RangeOf } from "./block-tensor.ts";
import { headDim } from "../../config/architecture-shape.ts";
import { type PolicyShape, strides } from "./shape.ts";

// The first half of a decoder block:
// middle = x + output · attend(queries, keys and values of norm(x), turned by rotary positions).
// What an architecture has beside that, its plan says. The passes: attention-half.ts.

/** A range of the parameters or of their gradients each; where the plan has no such thing, none. */
export interface AttentionWeights {
  inputNorm: Binding; // (C)
  queryKeyValue: Binding; // ((heads + 2·kvHeads)·head, C)
  queryKeyValueBias?: Binding; // ((heads + 2·kvHeads)·head)
  queryNorm?: Binding; // (head)
  keyNorm?: Binding; // (head)
  sinks?: Binding; // (heads)
  output: Binding; // (C, heads·head)
  outputBias?: Binding; // (C)
}

export function attentionTensors(shape: PolicyShape, plan: AttentionPlan): BlockTensor[] {
  const { width, heads, kvHeads } = shape;
  const D = headDim(shape);
  // A head is cut into its two rotary halves.
  const keyValue = { shape: [kvHeads * D, width], groups: [2 * kvHeads, 1], contiguous: true };
  const bias = (name: string, own: number): BlockTensor => ({
    ...{ name: `self_attn.${name}_proj.bias`, shape: [own * D], groups: [2 * own] },
    ...(name !== "q" && { contiguous: true }),
    starts: 0,
  });
  const norm = { shape: [D], groups: [2], starts: 1 } as const;
  return [
    { name: "input_layernorm.weight", shape: [width], groups: [1], starts: 1 },
    { name: "self_attn.q_proj.weight", shape: [heads * D, width], groups: [2 * heads, 1] },
    { name: "self_attn.k_proj.weight", ...keyValue },
    { name: "self_attn.v_proj.weight", ...keyValue },
    ...(plan.bias ? [bias("q", heads), bias("k", kvHeads), bias("v", kvHeads)] : []),
    ...(plan.headNorm
      ? [
          { name: "self_attn.q_norm.weight", ...norm },
          { name: "self_attn.k_norm.weight", ...norm },
        ]
      : []),
    ...(plan.sinks
      ? [{ name: "self_attn.sinks", shape: [heads], groups: [1], starts: 0 } as const]
      : []),
    {
      ...{ name: "self_attn.o_proj.weight", shape: [width, heads * D], groups: [1, 2 * heads] },
      intoStream: true,
    },
    ...(plan.outputBias
      ? [{ name: "self_attn.o_proj.bias", shape: [width], groups: [1], starts: 0 } as const]
      : []),
  ];
}

export const attentionWeights = (plan: AttentionPlan, range: RangeOf): AttentionWeights => ({
  inputNorm: range("input_layernorm.weight"),
  queryKeyValue: range("self_attn.q_proj.weight", "self_attn.v_proj.weight"),
  ...(plan.bias && { queryKeyValueBias: range("self_attn.q_proj.bias", "self_attn.v_proj.bias") }),
  ...(plan.headNorm && {
    queryNorm: range("self_attn.q_norm.weight"),
    keyNorm: range("self_attn.k_norm.weight"),
  }),
  ...(plan.sinks && { sinks: range("self_attn.sinks") }),
  output: range("self_attn.o_proj.weight"),
  ...(plan.outputBias && { outputBias: range("self_attn.o_proj.bias") }),
});

/** What the half reads and writes but for keys and values. R rows, one per token; widths are padded. */
export interface AttentionStream {
  x: GPUBuffer; // (R, C), the residual stream that enters
  inputRstd: GPUBuffer; // (R)
  /** Where heads are normalised: what is, and 1 / its root mean square. */
  heads: {
    projected: GPUBuffer; // (R, (heads + 2·kvHeads)·head)
    rstd: GPUBuffer; // (R, heads + kvHeads)
  } | null;
  q: GPUBuffer; // (R, heads·head), rotated
  o: GPUBuffer; // (R, heads·head)
  middle: GPUBuffer; // (R, C), the stream after attention
}

/** Allocates R rows of so many floats. */
export type Rows = (name: string, width: number) => GPUBuffer;

export function attentionStream(rows: Rows, shape: PolicyShape, plan: AttentionPlan) {
  const s = strides(shape);
  return {
    x: rows("x", s.width),
    inputRstd: rows("input rstd", 1),
    heads: plan.headNorm
      ? {
          projected: rows("projected", s.queryKeyValue),
          rstd: rows("head rstd", shape.heads + shape.kvHeads),
        }
      : null,
    q: rows("q", s.query),
    o: rows("o", s.query),
    middle: rows("middle", s.width),
  } satisfies AttentionStream;
}

/** Gradients of the half's activations; every block uses the same buffers in turn. */
export interface AttentionGradients {
  stream: GPUBuffer; // (R, C), the residual stream's, adding up from the head down
  normed: GPUBuffer; // (R, C)
  o: GPUBuffer; // (R, heads·head)
  queryKeyValue: GPUBuffer; // (R, (heads + 2·kvHeads)·head)
  /** Where heads are normalised: of what is. */
  projected: GPUBuffer | null; // as queryKeyValue
}

/** Where tokens stand: what turns queries and keys. */
export interface RotaryPositions {
  angles: GPUBuffer; // (columns, head), see rotaryAngles
  /** Of each row its token's position in its sequence, and the row of kv that it writes. */
  positions: GPUBuffer; // (R, 2) u32
}

/**
 * Some rows of a pass, the buffer that takes their keys and values, and how their queries look at
 * what lies there: from `q` to `o`. Training and decoding differ in nothing else.
 */
export interface Attend {
  kv: Binding; // (…, 2, kvHeads·head)
  rowRange: RowRange;
  run(heads: Pick<AttentionStream, "q" | "o">, options: AttentionOptions): Dispatch[];
}

/** From the gradient of `o` to that of queries, keys and values before rotation. */
export type AttendBackward = (
  gradients: Pick<AttentionGradients, "o" | "queryKeyValue">,
  options: AttentionOptions,
) => Dispatch[];

/** The buffer in which attention leaves what its backward pass reads. */
export interface AttentionStats {
  stats: GPUBuffer; // (R, heads, 2)
}

export const headsOf = (shape: PolicyShape) => ({
  heads: shape.heads,
  kvHeads: shape.kvHeads,
  head: strides(shape).head,
});

/** What attention is compiled for, whatever it looks at. */
export function headsShape(shape: PolicyShape): Omit<AttentionShape, "B" | "T"> {
  const plans = layerPlans(shape).map(({ attention }) => attention);
  return {
    ...headsOf(shape),
    headDim: headDim(shape),
    windowed: plans.some(({ window }) => window !== null),
    sinks: plans.some(({ sinks }) => sinks),
  };
}

/** Of B rows of at most T tokens, what the attention over the whole of them is compiled for. */
export const attentionShape = (shape: PolicyShape, B: number, T: number): AttentionShape => ({
  ...headsShape(shape),
  B,
  T,
});

/** The products of the half, of R rows at most. */
export function attentionProducts(shape: PolicyShape, plan: AttentionPlan, R: number) {
  const s = strides(shape);
  return {
    queryKeyValue: {
      R,
      I: s.width,
      O: s.queryKeyValue,
      norm: { C: shape.width, eps: shape.rmsNormEps },
      bias: plan.bias,
    },
    output: { R, I: s.query, O: s.width, bias: plan.outputBias },
  };
}

/** Partial sums of each weight's gradient; 0 where it is added to undivided. */
export function attentionPartials(
  gpu: GpuContext,
  shape: PolicyShape,
  plan: AttentionPlan,
  R: number,
): Record<keyof AttentionWeights, number> {
  const { queryKeyValue, output } = attentionProducts(shape, plan, R);
  const ofHeads = vectorPartials({ R });
  return {
    inputNorm: rmsNormPartials({ R, C: shape.width }),
    queryKeyValue: linearPartials(gpu, queryKeyValue),
    queryKeyValueBias: vectorPartials(queryKeyValue),
    queryNorm: ofHeads,
    keyNorm: ofHeads,
    sinks: vectorPartials({ R }),
    output: linearPartials(gpu, output),
    outputBias: vectorPartials(output),
  };
}
