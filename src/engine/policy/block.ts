import type { Arena } from "../gpu/arena.ts";
import type { GpuContext } from "../gpu/context.ts";
import type { Binding, Dispatch } from "../gpu/kernel.ts";
import type { RowRange } from "../layers/grid.ts";
import type { LayerPlan } from "./architectures/architecture.ts";
import { attentionHalfBackward, attentionHalfForward } from "./attention-half.ts";
import {
  type Attend,
  type AttendBackward,
  type AttentionGradients,
  attentionPartials,
  type AttentionStats,
  type AttentionStream,
  attentionStream,
  attentionTensors,
  type AttentionWeights,
  attentionWeights,
  type RotaryPositions,
  type Rows,
} from "./block-attention.ts";
import {
  type MixtureGradients,
  mixtureGradients,
  mixturePartials,
  type MixtureStream,
  mixtureStream,
  mixtureTensors,
  type MixtureWeights,
  mixtureWeights,
} from "./block-mixture.ts";
import {
  type MiddleStream,
  type MlpGradients,
  mlpPartials,
  type MlpStream,
  mlpStream,
  mlpTensors,
  type MlpWeights,
  mlpWeights,
} from "./block-mlp.ts";
import type { BlockTensor, RangeOf } from "./block-tensor.ts";
import type { Balance } from "./mixture-half.ts";
import { secondHalfBackward, secondHalfForward } from "./second-half.ts";
import { type PolicyShape, strides } from "./shape.ts";
import type { Routing } from "./routing.ts";

// A decoder block: attention into the stream, then an MLP or a mixture of experts into the stream. What
// a layer's halves are, its plan says. All that the policy and the sampler know of a block they know
// from here.

/** The ranges of a flat parameter (or gradient) buffer that one block binds. */
export interface BlockWeights
  extends AttentionWeights, MlpWeights, Partial<Pick<MixtureWeights, "router" | "routerBias">> {}

/** Tensors in the order of the forward pass. */
export const blockTensors = (shape: PolicyShape, { attention, mlp }: LayerPlan): BlockTensor[] => [
  ...attentionTensors(shape, attention),
  ...(mlp.kind === "dense" ? mlpTensors(shape, mlp) : mixtureTensors(shape, mlp)),
];

export const blockWeights = ({ attention, mlp }: LayerPlan, range: RangeOf): BlockWeights => ({
  ...attentionWeights(attention, range),
  ...(mlp.kind === "dense" ? mlpWeights(mlp, range) : mixtureWeights(mlp, range)),
});

/** What a pass through a block reads and writes but for keys and values. */
export interface BlockStream extends AttentionStream, MiddleStream {
  mlp: MlpStream | MixtureStream;
}

/** What one block keeps for its backward pass. R rows, one per token; widths are padded. */
export interface BlockActivations extends BlockStream, AttentionStats {
  kv: GPUBuffer; // (R, 2, kvHeads·head): keys, rotated, then values
}

/** Gradients of activations: every block uses the same ones in turn. */
export interface BlockGradients extends AttentionGradients {
  dense: Pick<MlpGradients, "gateUp"> | null;
  mixture: MixtureGradients | null;
}

/** The stream of the n-th layer that has a mixture, or of one that has none. */
export function blockStream(
  rows: Rows,
  shape: PolicyShape,
  { attention, mlp }: LayerPlan,
  routing: Routing | null,
  n: number,
): BlockStream {
  return {
    ...attentionStream(rows, shape, attention),
    middleRstd: rows("middle rstd", 1),
    mlp:
      mlp.kind === "dense"
        ? mlpStream(rows, shape)
        : mixtureStream(rows, shape, mlp, routing!.part(n)),
  };
}

export function blockActivations(
  arena: Arena,
  shape: PolicyShape,
  R: number,
  layer: number,
  plan: LayerPlan,
  routing: Routing | null,
): BlockActivations {
  const rows = (name: string, width: number) =>
    arena.storage("activations", `layer ${layer} ${name}`, R * width);
  return {
    ...blockStream(rows, shape, plan, routing, routing?.layers.indexOf(layer) ?? 0),
    kv: rows("kv", 2 * strides(shape).keyValue),
    stats: rows("stats", shape.heads * 2),
  };
}

export function blockGradients(
  arena: Arena,
  shape: PolicyShape,
  R: number,
  plans: readonly LayerPlan[],
): BlockGradients {
  const s = strides(shape);
  const rows = (name: string, width: number) => arena.storage("gradients", `d ${name}`, R * width);
  const mixture = plans.map(({ mlp }) => mlp).find((mlp) => mlp.kind === "mixture");
  const headNorm = plans.some(({ attention }) => attention.headNorm);
  const dense = plans.some(({ mlp }) => mlp.kind === "dense");
  return {
    stream: rows("stream", s.width),
    normed: rows("normed", s.width),
    dense: dense ? { gateUp: rows("gate up", s.gateUp) } : null,
    o: rows("o", s.query),
    queryKeyValue: rows("query key value", s.queryKeyValue),
    projected: headNorm ? rows("projected", s.queryKeyValue) : null,
    mixture: mixture ? mixtureGradients(rows, shape, mixture) : null,
  };
}

/** Partial sums of each weight's gradient, of R rows at most; 0 where it is added to undivided. */
export const blockPartials = (
  gpu: GpuContext,
  shape: PolicyShape,
  { attention, mlp }: LayerPlan,
  R: number,
): Partial<Record<keyof BlockWeights, number>> => ({
  ...attentionPartials(gpu, shape, attention, R),
  ...(mlp.kind === "dense" ? mlpPartials(gpu, shape, mlp, R) : mixturePartials(gpu, shape, mlp, R)),
});

export interface BlockForward {
  weights: BlockWeights;
  stream: BlockStream;
  rotary: RotaryPositions;
  attend: readonly Attend[];
  /** The residual stream that leaves. */
  next: GPUBuffer; // (R, C)
  /** All rows of the pass: a mixture routes them all. */
  rowRange: RowRange;
  /** The rows whose stream goes on; of the others keys and values, and routes, are all that is asked. */
  onward: RowRange;
  /** A mixture's, uniform: whether its router chooses; null for a policy without one. */
  replay: Binding | null;
}

/**
 * Compiles the forward pass of a block of R rows at most; what comes back binds it, in order.
 * `attended`: rows, at most, of each `Attend` that will be handed in.
 */
export async function blockForward(
  gpu: GpuContext,
  shape: PolicyShape,
  plan: LayerPlan,
  R: number,
  attended: readonly number[],
) {
  const [attention, second] = await Promise.all([
    attentionHalfForward(gpu, shape, plan.attention, R, attended),
    secondHalfForward(gpu, shape, plan.mlp, R),
  ]);
  return (b: BlockForward): Dispatch[] => [
    ...attention(b.weights, b.stream, b.rotary, b.attend, second.reads(b)),
    ...second.run(b),
  ];
}

export interface BlockBackward {
  weights: BlockWeights;
  /** Where each weight's gradient goes, see blockPartials. */
  dweights: BlockWeights;
  stream: BlockActivations;
  d: BlockGradients;
  attend: AttendBackward;
  rowRange: RowRange;
  /** As in the forward pass: of other rows the gradient is 0 up to the attention's output. */
  onward: RowRange;
  /** A mixture's; null for a policy without one. */
  balance: Balance | null;
}

/** The backward pass, in order: the forward pass in reverse. `d.stream` holds and gets the stream's. */
export async function blockBackward(
  gpu: GpuContext,
  shape: PolicyShape,
  plan: LayerPlan,
  R: number,
) {
  const [second, attention] = await Promise.all([
    secondHalfBackward(gpu, shape, plan.mlp, R),
    attentionHalfBackward(gpu, shape, plan.attention, R),
  ]);
  return (b: BlockBackward): Dispatch[] => [
    ...second(b),
    ...attention(b.weights, b.dweights, b.stream, b.d, b.attend, b.rowRange),
  ];
}

/** Of each layer what `compile` made of its plan, once for layers of the same. */
export function ofEachPlan<T>(
  plans: readonly LayerPlan[],
  compile: (plan: LayerPlan) => Promise<T>,
): Promise<T[]> {
  const made = new Map<string, Promise<T>>();
  return Promise.all(
    plans.map((plan) => {
      const key = JSON.stringify(plan);
      const known = made.get(key) ?? compile(plan);
      made.set(key, known);
      return known;
    }),
  );
}
