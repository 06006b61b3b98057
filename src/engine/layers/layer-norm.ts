import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { kernelSpec } from "../shaders/vision.ts";
import { groups, WORKGROUP } from "./grid.ts";
import { vectorPartials } from "./vector-partials.ts";

/** R rows of C columns, each row padded to Cp = ceil4(C) numbers. */
export interface LayerNormShape {
  R: number;
  C: number;
  eps: number;
}

interface LayerNormBuffers {
  x: Binding; // (R, Cp)
  gainBias: Binding; // (2, Cp): gain, then bias
  stats: Binding; // (R, 2)
}

export interface LayerNormForward extends LayerNormBuffers {
  y: Binding; // (R, Cp)
}

export interface LayerNormGradients extends LayerNormBuffers {
  dy: Binding; // (R, Cp)
  dx: Binding; // (R, Cp), accumulated or overwritten
  partial: Binding; // (S, 2, Cp), see vectorPartials
}

/** y = (x − mean) · rstd · gain + bias, row by row. */
export async function layerNormForward(device: GPUDevice, { R, C, eps }: LayerNormShape) {
  const constants = { R, C, C4: Math.ceil(C / 4), EPS: eps, WORKGROUP };
  const kernel = await Kernel.create(device, kernelSpec("layer-norm.forward", constants));
  return ({ x, gainBias, y, stats }: LayerNormForward): Dispatch =>
    kernel.bind([x, gainBias, y, stats], groups(R, WORKGROUP));
}

/** Partial sums of gain and bias, and dx = … or, where the residual branch left its gradient, dx += …. */
export async function layerNormBackward(
  device: GPUDevice,
  { R, C }: LayerNormShape,
  dx: "accumulated" | "overwritten",
) {
  const [C4, CHUNKS] = [Math.ceil(C / 4), vectorPartials({ R })];
  const constants = { R, C, C4, CHUNKS, ADD: dx === "accumulated" ? 1 : 0, WORKGROUP };
  const kernel = await Kernel.create(device, kernelSpec("layer-norm.backward", constants));
  return (b: LayerNormGradients): Dispatch =>
    kernel.bind(
      [b.x, b.gainBias, b.stats, b.dy, b.dx, b.partial],
      groups(R, WORKGROUP) + groups(CHUNKS * C4, WORKGROUP),
    );
}
