import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { kernelSpec } from "../shaders/vision.ts";
import { groups } from "./grid.ts";

/** x · Φ(x), or x · σ(1.702 · x), as transformers names them. */
export type Activation = "gelu" | "quick_gelu";

const WORKGROUP = 64;

const constants = (length: number, kind: Activation) => ({
  N4: length / 4,
  QUICK: kind === "quick_gelu" ? 1 : 0,
  WORKGROUP,
});

/** y = gelu(x), of `length` numbers, a multiple of 4. */
export async function geluForward(device: GPUDevice, length: number, kind: Activation) {
  const spec = kernelSpec("gelu.forward", constants(length, kind));
  const kernel = await Kernel.create(device, spec);
  return (b: {
    x: Binding; // (length)
    y: Binding; // (length)
  }): Dispatch => kernel.bind([b.x, b.y], groups(length / 4, WORKGROUP));
}

/** dx from dy. */
export async function geluBackward(device: GPUDevice, length: number, kind: Activation) {
  const spec = kernelSpec("gelu.backward", constants(length, kind));
  const kernel = await Kernel.create(device, spec);
  return (b: {
    x: Binding; // (length)
    dy: Binding; // (length)
    dx: Binding; // (length), overwritten
  }): Dispatch => kernel.bind([b.x, b.dy, b.dx], groups(length / 4, WORKGROUP));
}
