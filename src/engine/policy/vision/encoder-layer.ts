import type { GpuContext } from "../../gpu/context.ts";
import type { Dispatch } from "../../gpu/kernel.ts";
import { biasBackward } from "../../layers/bias.ts";
import { fullAttentionBackward, fullAttentionForward } from "../../layers/full-attention.ts";
import { geluBackward, geluForward } from "../../layers/gelu.ts";
import type { RowRange } from "../../layers/grid.ts";
import { layerNormBackward, layerNormForward } from "../../layers/layer-norm.ts";
import { linearBackward, linearForward, linearPartials } from "../../layers/linear.ts";
import { vectorPartials } from "../../layers/vector-partials.ts";
import type { Rows } from "../block-attention.ts";
import type { EncoderLayerWeights } from "./tensors.ts";
import type { Tower } from "./tower.ts";

// A layer of the tower: middle = x + output · attend(queries, keys, values of norm1(x)), then
// next = middle + down · quickGelu(up · norm2(middle)). R = M·S rows, S of each picture.

/** What a layer leaves for its backward pass. */
export interface EncoderLayerStream {
  norm1: GPUBuffer; // (R, C)
  stats1: GPUBuffer; // (R, 2)
  qkv: GPUBuffer; // (R, 3·heads·head)
  o: GPUBuffer; // (R, heads·head)
  stats: GPUBuffer; // (R, heads, 2)
  middle: GPUBuffer; // (R, C)
  norm2: GPUBuffer; // (R, C)
  stats2: GPUBuffer; // (R, 2)
  up: GPUBuffer; // (R, F)
  h: GPUBuffer; // (R, F)
}

export const encoderLayerStream = (rows: Rows, t: Tower): EncoderLayerStream => ({
  norm1: rows("norm1", t.C),
  stats1: rows("stats1", 2),
  qkv: rows("qkv", 3 * t.all),
  o: rows("o", t.all),
  stats: rows("stats", 2 * t.heads),
  middle: rows("middle", t.C),
  norm2: rows("norm2", t.C),
  stats2: rows("stats2", 2),
  up: rows("up", t.F),
  h: rows("h", t.F),
});

/** Gradients of activations: every layer uses the same buffers in turn. */
export interface EncoderGradients {
  stream: GPUBuffer; // (R, C), the stream's, adding up from the features down
  normed: GPUBuffer; // (R, C)
  qkv: GPUBuffer; // (R, 3·heads·head)
  o: GPUBuffer; // (R, heads·head)
  up: GPUBuffer; // (R, F)
  h: GPUBuffer; // (R, F)
}

export const encoderGradients = (rows: Rows, t: Tower): EncoderGradients => ({
  stream: rows("stream", t.C),
  normed: rows("normed", t.C),
  qkv: rows("qkv", 3 * t.all),
  o: rows("o", t.all),
  up: rows("up", t.F),
  h: rows("h", t.F),
});

const attentionOf = ({ S, heads, head, headDim }: Tower, M: number) => ({
  ...{ M, S, heads, head, headDim },
});

const products = ({ C, all, F }: Tower, R: number) => ({
  qkv: { R, I: C, O: 3 * all, bias: true },
  output: { R, I: all, O: C, bias: true },
  up: { R, I: C, O: F, bias: true },
  down: { R, I: F, O: C, bias: true },
});

const normOf = ({ width: C, eps }: Tower, R: number) => ({ R, C, eps });

/** Partial sums of each weight's gradient; 0 where it is added to undivided. */
export function encoderLayerPartials(
  gpu: GpuContext,
  t: Tower,
  M: number,
): Record<keyof EncoderLayerWeights, number> {
  const R = M * t.S;
  const { qkv, output, up, down } = products(t, R);
  const ofVector = vectorPartials({ R });
  return {
    ...{ norm1: ofVector, norm2: ofVector },
    ...{ qkv: linearPartials(gpu, qkv), qkvBias: ofVector },
    ...{ output: linearPartials(gpu, output), outputBias: ofVector },
    ...{ up: linearPartials(gpu, up), upBias: ofVector },
    ...{ down: linearPartials(gpu, down), downBias: ofVector },
  };
}

export async function encoderLayerForward(gpu: GpuContext, t: Tower, M: number) {
  const { device } = gpu;
  const R = M * t.S;
  const p = products(t, R);
  const [norm, qkv, attend, output, up, activate, down] = await Promise.all([
    layerNormForward(device, normOf(t, R)),
    linearForward(gpu, p.qkv),
    fullAttentionForward(device, attentionOf(t, M)),
    linearForward(gpu, p.output),
    linearForward(gpu, p.up),
    geluForward(device, R * t.F, "quick_gelu"),
    linearForward(gpu, p.down),
  ]);
  /** `next`: the stream that leaves; it may be `x`. */
  return (
    w: EncoderLayerWeights,
    x: GPUBuffer, // (R, C)
    s: EncoderLayerStream,
    next: GPUBuffer, // (R, C)
    rowRange: RowRange,
  ): Dispatch[] => {
    const plain = { norm: null, rowRange };
    const none = { residual: null };
    return [
      norm({ x, gainBias: w.norm1, y: s.norm1, stats: s.stats1 }),
      qkv({ ...plain, ...none, x: s.norm1, weight: w.qkv, bias: w.qkvBias, y: s.qkv }),
      attend(s),
      output({ ...plain, x: s.o, weight: w.output, bias: w.outputBias, y: s.middle, residual: x }),
      norm({ x: s.middle, gainBias: w.norm2, y: s.norm2, stats: s.stats2 }),
      up({ ...plain, ...none, x: s.norm2, weight: w.up, bias: w.upBias, y: s.up }),
      activate({ x: s.up, y: s.h }),
      down({ ...plain, x: s.h, weight: w.down, bias: w.downBias, y: next, residual: s.middle }),
    ];
  };
}

/** The forward pass in reverse. `d.stream` holds and gets the stream's gradient. */
export async function encoderLayerBackward(gpu: GpuContext, t: Tower, M: number) {
  const { device } = gpu;
  const R = M * t.S;
  const p = products(t, R);
  const [down, downBias, activate, up, upBias, norm, output, attend, qkv, qkvBias] =
    await Promise.all([
      linearBackward(gpu, p.down),
      biasBackward(gpu, p.down),
      geluBackward(device, R * t.F, "quick_gelu"),
      linearBackward(gpu, p.up),
      biasBackward(gpu, p.up),
      layerNormBackward(device, normOf(t, R), "accumulated"),
      linearBackward(gpu, p.output),
      fullAttentionBackward(device, attentionOf(t, M)),
      linearBackward(gpu, p.qkv),
      biasBackward(gpu, p.qkv),
    ]);
  return (
    w: EncoderLayerWeights,
    dw: EncoderLayerWeights,
    x: GPUBuffer,
    s: EncoderLayerStream,
    d: EncoderGradients,
    rowRange: RowRange,
  ): Dispatch[] => {
    const plain = { norm: null, rowRange };
    const dy = d.stream;
    return [
      downBias({ dy, dbias: dw.downBias, rowRange }),
      down({ ...plain, x: s.h, weight: w.down, dy, dx: d.h, dweight: dw.down }),
      activate({ x: s.up, dy: d.h, dx: d.up }),
      upBias({ dy: d.up, dbias: dw.upBias, rowRange }),
      up({ ...plain, x: s.norm2, weight: w.up, dy: d.up, dx: d.normed, dweight: dw.up }),
      norm({
        ...{ x: s.middle, gainBias: w.norm2, stats: s.stats2 },
        ...{ dy: d.normed, dx: d.stream, partial: dw.norm2 },
      }),
      // What leaves attention goes into the same stream.
      downBias({ dy, dbias: dw.outputBias, rowRange }),
      output({ ...plain, x: s.o, weight: w.output, dy, dx: d.o, dweight: dw.output }),
      attend({ ...s, dO: d.o, dqkv: d.qkv }),
      qkvBias({ dy: d.qkv, dbias: dw.qkvBias, rowRange }),
      qkv({ ...plain, x: s.norm1, weight: w.qkv, dy: d.qkv, dx: d.normed, dweight: dw.qkv }),
      norm({
        ...{ x, gainBias: w.norm1, stats: s.stats1 },
        ...{ dy: d.normed, dx: d.stream, partial: dw.norm1 },
      }),
    ];
  };
}
