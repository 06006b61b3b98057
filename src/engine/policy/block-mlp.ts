import type { GpuContext } from "../gpu/context.ts";
import type { Binding, Dispatch } from "../gpu/kernel.ts";
import type { RowRange } from "../layers/grid.ts";
import {
  downBackward,
  gateUpForward,
  linearBackward,
  linearForward,
  linearPartials,
} from "../layers/linear.ts";
import { rmsNormBackward, rmsNormPartials } from "../layers/rms-norm.ts";
import type { BlockTensor, RangeOf } from "./block-tensor.ts";
import { type PolicyShape, strides } from "./shape.ts";

// The second half of a decoder block: next = middle + down · (silu(gate) · up), gate and up of
// norm(middle).

export interface MlpWeights {
  postAttentionNorm: Binding; // (C)
  gateUp: Binding; // (2·hidden, C)
  down: Binding; // (C, hidden)
}

export const mlpTensors = ({ width, hidden }: PolicyShape): BlockTensor[] => [
  { name: "post_attention_layernorm.weight", shape: [width], groups: [1] },
  { name: "mlp.gate_proj.weight", shape: [hidden, width], groups: [1, 1] },
  { name: "mlp.up_proj.weight", shape: [hidden, width], groups: [1, 1], contiguous: true },
  { name: "mlp.down_proj.weight", shape: [width, hidden], groups: [1, 1] },
];

export const mlpWeights = (range: RangeOf): MlpWeights => ({
  postAttentionNorm: range("post_attention_layernorm.weight"),
  gateUp: range("mlp.gate_proj.weight", "mlp.up_proj.weight"),
  down: range("mlp.down_proj.weight"),
});

/** What the half reads, and what it leaves for its backward pass. R rows; widths are padded. */
export interface MlpStream {
  middle: GPUBuffer; // (R, C), the stream after attention
  middleRstd: GPUBuffer; // (R)
  gateUp: GPUBuffer; // (R, 2·hidden)
  h: GPUBuffer; // (R, hidden)
}

/** Gradients of the half's activations; every block uses the same buffers in turn. */
export interface MlpGradients {
  stream: GPUBuffer; // (R, C), the residual stream's, adding up from the head down
  normed: GPUBuffer; // (R, C)
  gateUp: GPUBuffer; // (R, 2·hidden)
}

function products(shape: PolicyShape, R: number) {
  const s = strides(shape);
  return {
    gateUp: { R, I: s.width, O: s.gateUp, norm: { C: shape.width, eps: shape.rmsNormEps } },
    down: { R, I: s.hidden, O: s.width },
  };
}

/** Partial sums of each weight's gradient; 0 where it is added to undivided. */
export function mlpPartials(
  gpu: GpuContext,
  shape: PolicyShape,
  R: number,
): Record<keyof MlpWeights, number> {
  const { gateUp, down } = products(shape, R);
  return {
    postAttentionNorm: rmsNormPartials({ R, C: shape.width }),
    gateUp: linearPartials(gpu, gateUp),
    down: linearPartials(gpu, down),
  };
}

export async function mlpForward(gpu: GpuContext, shape: PolicyShape, R: number) {
  const { gateUp, down } = products(shape, R);
  const [intoHidden, intoStream] = await Promise.all([
    gateUpForward(gpu, gateUp),
    linearForward(gpu, down),
  ]);
  return (
    w: MlpWeights,
    { middle, middleRstd: rstd, gateUp, h }: MlpStream,
    next: GPUBuffer, // (R, C), the residual stream that leaves
    rowRange: RowRange,
  ): Dispatch[] => [
    intoHidden({
      x: middle,
      norm: { gain: w.postAttentionNorm, rstd },
      weight: w.gateUp,
      rowRange,
      gateUp,
      h,
    }),
    intoStream({ x: h, norm: null, weight: w.down, rowRange, y: next, residual: middle }),
  ];
}

export async function mlpBackward(gpu: GpuContext, shape: PolicyShape, R: number) {
  const { gateUp, down } = products(shape, R);
  const [intoGateUp, intoNormed, intoStream] = await Promise.all([
    downBackward(gpu, down),
    linearBackward(gpu, gateUp),
    rmsNormBackward(gpu, { R, C: shape.width }, "accumulated"),
  ]);
  return (
    w: MlpWeights,
    dw: MlpWeights,
    { middle, middleRstd: rstd, gateUp, h }: MlpStream,
    d: MlpGradients,
    rowRange: RowRange,
  ): Dispatch[] => [
    intoGateUp({
      x: h,
      norm: null,
      weight: w.down,
      dy: d.stream,
      dweight: dw.down,
      rowRange,
      gateUp,
      dgateUp: d.gateUp,
    }),
    intoNormed({
      x: middle,
      norm: { gain: w.postAttentionNorm, rstd },
      weight: w.gateUp,
      dy: d.gateUp,
      dx: d.normed,
      dweight: dw.gateUp,
      rowRange,
    }),
    intoStream({
      x: middle,
      gain: w.postAttentionNorm,
      rstd,
      dy: d.normed,
      dx: d.stream,
      partial: dw.postAttentionNorm,
      rowRange,
      readRange: rowRange,
    }),
  ];
}
