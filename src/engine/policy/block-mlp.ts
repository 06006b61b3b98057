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
import { vectorPartials } from "../layers/vector-partials.ts";
import type { DensePlan } from "./architectures/architecture.ts";
import type { Rows } from "./block-attention.ts";
import type { BlockTensor, RangeOf } from "./block-tensor.ts";
import { type PolicyShape, strides } from "./shape.ts";

// The second half of a decoder block: next = middle + down · (silu(gate) · up), gate and up of
// norm(middle). A mixture in its place: block-mixture.ts.

/** A range of the parameters or of their gradients each; where the plan has no such thing, none. */
export interface MlpWeights {
  postAttentionNorm: Binding; // (C)
  gateUp: Binding; // (2·hidden, C)
  gateUpBias?: Binding; // (2·hidden)
  down: Binding; // (C, hidden)
  downBias?: Binding; // (C)
}

export function mlpTensors({ width, hidden }: PolicyShape, { bias }: DensePlan): BlockTensor[] {
  const inner = { shape: [hidden, width], groups: [1, 1] };
  const biased = (name: string, length: number): BlockTensor => ({
    ...{ name: `mlp.${name}_proj.bias`, shape: [length], groups: [1], starts: 0 },
    ...(name === "up" && { contiguous: true }),
  });
  return [
    { name: "post_attention_layernorm.weight", shape: [width], groups: [1], starts: 1 },
    { name: "mlp.gate_proj.weight", ...inner },
    { name: "mlp.up_proj.weight", ...inner, contiguous: true },
    ...(bias ? [biased("gate", hidden), biased("up", hidden)] : []),
    { name: "mlp.down_proj.weight", shape: [width, hidden], groups: [1, 1], intoStream: true },
    ...(bias ? [biased("down", width)] : []),
  ];
}

export const mlpWeights = ({ bias }: DensePlan, range: RangeOf): MlpWeights => ({
  postAttentionNorm: range("post_attention_layernorm.weight"),
  gateUp: range("mlp.gate_proj.weight", "mlp.up_proj.weight"),
  down: range("mlp.down_proj.weight"),
  ...(bias && {
    gateUpBias: range("mlp.gate_proj.bias", "mlp.up_proj.bias"),
    downBias: range("mlp.down_proj.bias"),
  }),
});

/** The stream after attention, which either kind of MLP reads. */
export interface MiddleStream {
  middle: GPUBuffer; // (R, C)
  middleRstd: GPUBuffer; // (R)
}

/** What the half leaves for its backward pass. R rows; widths are padded. */
export interface MlpStream {
  kind: "dense";
  gateUp: GPUBuffer; // (R, 2·hidden)
  h: GPUBuffer; // (R, hidden)
}

export function mlpStream(rows: Rows, shape: PolicyShape): MlpStream {
  const s = strides(shape);
  return { kind: "dense", gateUp: rows("gate up", s.gateUp), h: rows("h", s.hidden) };
}

/** Gradients of the half's activations; every block uses the same buffers in turn. */
export interface MlpGradients {
  stream: GPUBuffer; // (R, C), the residual stream's, adding up from the head down
  normed: GPUBuffer; // (R, C)
  gateUp: GPUBuffer; // (R, 2·hidden)
}

function products(shape: PolicyShape, { bias }: DensePlan, R: number) {
  const s = strides(shape);
  return {
    gateUp: { R, I: s.width, O: s.gateUp, norm: { C: shape.width, eps: shape.rmsNormEps }, bias },
    down: { R, I: s.hidden, O: s.width, bias },
  };
}

/** Partial sums of each weight's gradient; 0 where it is added to undivided. */
export function mlpPartials(
  gpu: GpuContext,
  shape: PolicyShape,
  plan: DensePlan,
  R: number,
): Record<keyof MlpWeights, number> {
  const { gateUp, down } = products(shape, plan, R);
  return {
    postAttentionNorm: rmsNormPartials({ R, C: shape.width }),
    gateUp: linearPartials(gpu, gateUp),
    gateUpBias: vectorPartials(gateUp),
    down: linearPartials(gpu, down),
    downBias: vectorPartials(down),
  };
}

export async function mlpForward(gpu: GpuContext, shape: PolicyShape, plan: DensePlan, R: number) {
  const { gateUp, down } = products(shape, plan, R);
  const [intoHidden, intoStream] = await Promise.all([
    gateUpForward(gpu, gateUp),
    linearForward(gpu, down),
  ]);
  return (
    w: MlpWeights,
    { middle, middleRstd: rstd }: MiddleStream,
    { gateUp, h }: MlpStream,
    next: GPUBuffer, // (R, C), the residual stream that leaves
    rowRange: RowRange,
  ): Dispatch[] => [
    intoHidden({
      ...{ x: middle, weight: w.gateUp, bias: w.gateUpBias },
      norm: { gain: w.postAttentionNorm, rstd },
      rowRange,
      gateUp,
      h,
    }),
    intoStream({
      ...{ x: h, norm: null, weight: w.down, bias: w.downBias },
      rowRange,
      y: next,
      residual: middle,
    }),
  ];
}

export async function mlpBackward(gpu: GpuContext, shape: PolicyShape, plan: DensePlan, R: number) {
  const { gateUp, down } = products(shape, plan, R);
  const [intoGateUp, intoNormed, intoStream, biases] = await Promise.all([
    downBackward(gpu, down),
    linearBackward(gpu, gateUp),
    rmsNormBackward(gpu, { R, C: shape.width }, "accumulated"),
    plan.bias
      ? import("../layers/bias.ts").then(({ biasBackward }) =>
          Promise.all([biasBackward(gpu, down), biasBackward(gpu, gateUp)]),
        )
      : null,
  ]);
  return (
    w: MlpWeights,
    dw: MlpWeights,
    { middle, middleRstd: rstd }: MiddleStream,
    { gateUp, h }: MlpStream,
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
    ...(biases
      ? [
          biases[0]({ dy: d.stream, dbias: dw.downBias!, rowRange }),
          biases[1]({ dy: d.gateUp, dbias: dw.gateUpBias!, rowRange }),
        ]
      : []),
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
