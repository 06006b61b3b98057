import type { GpuContext } from "../gpu/context.ts";
import type { Binding, Dispatch } from "../gpu/kernel.ts";
import type { AttentionShape } from "../layers/attention.ts";
import type { RowRange } from "../layers/grid.ts";
import {
  linearBackward,
  linearForward,
  linearPartials,
  queryKeyValueForward,
} from "../layers/linear.ts";
import { rmsNormBackward, rmsNormPartials } from "../layers/rms-norm.ts";
import type { BlockTensor, RangeOf } from "./block-tensor.ts";
import { headDim, type PolicyShape, strides } from "./shape.ts";

// The first half of a decoder block:
// middle = x + output · attend(queries, keys and values of norm(x), turned by rotary positions).

export interface AttentionWeights {
  inputNorm: Binding; // (C)
  queryKeyValue: Binding; // ((heads + 2·kvHeads)·head, C)
  output: Binding; // (C, heads·head)
}

export function attentionTensors(shape: PolicyShape): BlockTensor[] {
  const { width, heads, kvHeads } = shape;
  const D = headDim(shape);
  // A head is cut into its two rotary halves.
  const keyValue = { shape: [kvHeads * D, width], groups: [2 * kvHeads, 1], contiguous: true };
  return [
    { name: "input_layernorm.weight", shape: [width], groups: [1] },
    { name: "self_attn.q_proj.weight", shape: [heads * D, width], groups: [2 * heads, 1] },
    { name: "self_attn.k_proj.weight", ...keyValue },
    { name: "self_attn.v_proj.weight", ...keyValue },
    { name: "self_attn.o_proj.weight", shape: [width, heads * D], groups: [1, 2 * heads] },
  ];
}

export const attentionWeights = (range: RangeOf): AttentionWeights => ({
  inputNorm: range("input_layernorm.weight"),
  queryKeyValue: range("self_attn.q_proj.weight", "self_attn.v_proj.weight"),
  output: range("self_attn.o_proj.weight"),
});

/** What the half reads and writes but for keys and values. R rows, one per token; widths are padded. */
export interface AttentionStream {
  x: GPUBuffer; // (R, C), the residual stream that enters
  inputRstd: GPUBuffer; // (R)
  q: GPUBuffer; // (R, heads·head), rotated
  o: GPUBuffer; // (R, heads·head)
  middle: GPUBuffer; // (R, C), the stream after attention
}

/** Gradients of the half's activations; every block uses the same buffers in turn. */
export interface AttentionGradients {
  stream: GPUBuffer; // (R, C), the residual stream's, adding up from the head down
  normed: GPUBuffer; // (R, C)
  o: GPUBuffer; // (R, heads·head)
  queryKeyValue: GPUBuffer; // (R, (heads + 2·kvHeads)·head)
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
  run(heads: Pick<AttentionStream, "q" | "o">): Dispatch[];
}

/** From the gradient of `o` to that of queries, keys and values before rotation. */
export type AttendBackward = (
  gradients: Pick<AttentionGradients, "o" | "queryKeyValue">,
) => Dispatch[];

export const headsOf = (shape: PolicyShape) => ({
  heads: shape.heads,
  kvHeads: shape.kvHeads,
  head: strides(shape).head,
});

/** Of B rows of at most T tokens, what the attention over the whole of them is compiled for. */
export const attentionShape = (shape: PolicyShape, B: number, T: number): AttentionShape => ({
  ...headsOf(shape),
  B,
  T,
  headDim: headDim(shape),
});

function products(shape: PolicyShape, R: number) {
  const s = strides(shape);
  return {
    queryKeyValue: {
      R,
      I: s.width,
      O: s.queryKeyValue,
      norm: { C: shape.width, eps: shape.rmsNormEps },
    },
    output: { R, I: s.query, O: s.width },
  };
}

/** Partial sums of each weight's gradient; 0 where it is added to undivided. */
export function attentionPartials(
  gpu: GpuContext,
  shape: PolicyShape,
  R: number,
): Record<keyof AttentionWeights, number> {
  const { queryKeyValue, output } = products(shape, R);
  return {
    inputNorm: rmsNormPartials({ R, C: shape.width }),
    queryKeyValue: linearPartials(gpu, queryKeyValue),
    output: linearPartials(gpu, output),
  };
}

/** `attended`: rows, at most, of each `Attend` that will be handed in. */
export async function attentionHalfForward(
  gpu: GpuContext,
  shape: PolicyShape,
  R: number,
  attended: readonly number[],
) {
  const [project, output] = await Promise.all([
    Promise.all(
      attended.map((rows) =>
        queryKeyValueForward(gpu, products(shape, rows).queryKeyValue, headsOf(shape)),
      ),
    ),
    linearForward(gpu, products(shape, R).output),
  ]);
  /** `onward`: the rows whose stream goes on; of the others keys and values are all that is asked. */
  return (
    w: AttentionWeights,
    { x, inputRstd: rstd, q, o, middle }: AttentionStream,
    rotary: RotaryPositions,
    attend: readonly Attend[],
    onward: RowRange,
  ): Dispatch[] => [
    ...attend.flatMap(({ kv, rowRange, run }, part) => [
      project[part]!({
        x,
        norm: { gain: w.inputNorm, rstd },
        weight: w.queryKeyValue,
        rowRange,
        ...rotary,
        q,
        kv,
      }),
      ...run({ q, o }),
    ]),
    output({ x: o, norm: null, weight: w.output, rowRange: onward, y: middle, residual: x }),
  ];
}

export async function attentionHalfBackward(gpu: GpuContext, shape: PolicyShape, R: number) {
  const { queryKeyValue, output } = products(shape, R);
  const [intoO, intoNormed, intoStream] = await Promise.all([
    linearBackward(gpu, output),
    linearBackward(gpu, queryKeyValue),
    rmsNormBackward(gpu, { R, C: shape.width }, "accumulated"),
  ]);
  return (
    w: AttentionWeights,
    dw: AttentionWeights,
    { x, inputRstd: rstd, o }: AttentionStream,
    d: AttentionGradients,
    attend: AttendBackward,
    rowRange: RowRange,
  ): Dispatch[] => [
    intoO({
      x: o,
      norm: null,
      weight: w.output,
      dy: d.stream,
      dx: d.o,
      dweight: dw.output,
      rowRange,
    }),
    ...attend(d),
    intoNormed({
      x,
      norm: { gain: w.inputNorm, rstd },
      weight: w.queryKeyValue,
      dy: d.queryKeyValue,
      dx: d.normed,
      dweight: dw.queryKeyValue,
      rowRange,
    }),
    intoStream({
      x,
      gain: w.inputNorm,
      rstd,
      dy: d.normed,
      dx: d.stream,
      partial: dw.inputNorm,
      rowRange,
      readRange: rowRange,
    }),
  ];
}
