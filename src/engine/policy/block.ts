import type { Arena } from "../gpu/arena.ts";
import type { GpuContext } from "../gpu/context.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import type { RowRange } from "../layers/grid.ts";
import {
  type Attend,
  type AttendBackward,
  type AttentionGradients,
  attentionHalfBackward,
  attentionHalfForward,
  attentionPartials,
  type AttentionStream,
  attentionTensors,
  type AttentionWeights,
  attentionWeights,
  type RotaryPositions,
} from "./block-attention.ts";
import {
  mlpBackward,
  mlpForward,
  type MlpGradients,
  mlpPartials,
  type MlpStream,
  mlpTensors,
  type MlpWeights,
  mlpWeights,
} from "./block-mlp.ts";
import type { BlockTensor, RangeOf } from "./block-tensor.ts";
import { type PolicyShape, strides } from "./shape.ts";

// A decoder block is Llama's: attention into the stream, then SwiGLU into the stream. All that the
// policy and the sampler know of a block they know from here.

/** The ranges of a flat parameter (or gradient) buffer that one block binds. */
export interface BlockWeights extends AttentionWeights, MlpWeights {}

/** Tensors in the order of the forward pass. */
export const blockTensors = (shape: PolicyShape): BlockTensor[] => [
  ...attentionTensors(shape),
  ...mlpTensors(shape),
];

export const blockWeights = (range: RangeOf): BlockWeights => ({
  ...attentionWeights(range),
  ...mlpWeights(range),
});

/** What a pass through a block reads and writes but for keys and values. */
export interface BlockStream extends AttentionStream, MlpStream {}

/** What one block keeps for its backward pass. R rows, one per token; widths are padded. */
export interface BlockActivations extends BlockStream {
  kv: GPUBuffer; // (R, 2, kvHeads·head): keys, rotated, then values
  stats: GPUBuffer; // (R, heads, 2)
}

/** Gradients of activations: every block uses the same ones in turn. */
export interface BlockGradients extends AttentionGradients, MlpGradients {}

export function blockActivations(
  arena: Arena,
  shape: PolicyShape,
  R: number,
  layer: number,
): BlockActivations {
  const s = strides(shape);
  const rows = (name: string, width: number) =>
    arena.storage("activations", `layer ${layer} ${name}`, R * width);
  return {
    x: rows("x", s.width),
    inputRstd: rows("input rstd", 1),
    q: rows("q", s.query),
    kv: rows("kv", 2 * s.keyValue),
    stats: rows("stats", shape.heads * 2),
    o: rows("o", s.query),
    middle: rows("middle", s.width),
    middleRstd: rows("middle rstd", 1),
    gateUp: rows("gate up", s.gateUp),
    h: rows("h", s.hidden),
  };
}

export function blockGradients(arena: Arena, shape: PolicyShape, R: number): BlockGradients {
  const s = strides(shape);
  const rows = (name: string, width: number) => arena.storage("gradients", `d ${name}`, R * width);
  return {
    stream: rows("stream", s.width),
    normed: rows("normed", s.width),
    gateUp: rows("gate up", s.gateUp),
    o: rows("o", s.query),
    queryKeyValue: rows("query key value", s.queryKeyValue),
  };
}

/** Partial sums of each weight's gradient, of R rows at most; 0 where it is added to undivided. */
export const blockPartials = (
  gpu: GpuContext,
  shape: PolicyShape,
  R: number,
): Record<keyof BlockWeights, number> => ({
  ...attentionPartials(gpu, shape, R),
  ...mlpPartials(gpu, shape, R),
});

export interface BlockForward {
  weights: BlockWeights;
  stream: BlockStream;
  rotary: RotaryPositions;
  attend: readonly Attend[];
  /** The residual stream that leaves. */
  next: GPUBuffer; // (R, C)
  /** The rows whose stream goes on; of the others keys and values are all that is asked. */
  onward: RowRange;
}

/**
 * Compiles the forward pass of a block of R rows at most; what comes back binds it, in order.
 * `attended`: rows, at most, of each `Attend` that will be handed in.
 */
export async function blockForward(
  gpu: GpuContext,
  shape: PolicyShape,
  R: number,
  attended: readonly number[],
) {
  const [attention, mlp] = await Promise.all([
    attentionHalfForward(gpu, shape, R, attended),
    mlpForward(gpu, shape, R),
  ]);
  return ({ weights, stream, rotary, attend, next, onward }: BlockForward): Dispatch[] => [
    ...attention(weights, stream, rotary, attend, onward),
    ...mlp(weights, stream, next, onward),
  ];
}

export interface BlockBackward {
  weights: BlockWeights;
  /** Where each weight's gradient goes, see blockPartials. */
  dweights: BlockWeights;
  stream: BlockStream;
  d: BlockGradients;
  attend: AttendBackward;
  rowRange: RowRange;
  /** As in the forward pass: of other rows the gradient is 0 up to the attention's output. */
  onward: RowRange;
}

/** The backward pass, in order: the forward pass in reverse. `d.stream` holds and gets the stream's. */
export async function blockBackward(gpu: GpuContext, shape: PolicyShape, R: number) {
  const [mlp, attention] = await Promise.all([
    mlpBackward(gpu, shape, R),
    attentionHalfBackward(gpu, shape, R),
  ]);
  return (b: BlockBackward): Dispatch[] => [
    ...mlp(b.weights, b.dweights, b.stream, b.d, b.onward),
    ...attention(b.weights, b.dweights, b.stream, b.d, b.attend, b.rowRange),
  ];
}
