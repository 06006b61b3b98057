import backwardCode from "../../../shaders/policy/swiglu.backward.wgsl?raw";
import forwardCode from "../../../shaders/policy/swiglu.forward.wgsl?raw";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { groups, WX, WY } from "./grid.ts";

/** R rows of F numbers (a multiple of 4). */
export interface SwigluShape {
  R: number;
  F: number;
}

export interface SwigluBuffers {
  gateUp: Binding; // (R, 2·F): gate, then up
  h: Binding; // (R, F)
}

export interface SwigluGradients {
  gateUp: Binding; // (R, 2·F)
  dh: Binding; // (R, F)
  dgateUp: Binding; // (R, 2·F), overwritten
}

/** h = silu(gate) · up. */
export async function swigluForward(device: GPUDevice, { R, F }: SwigluShape) {
  const kernel = await Kernel.create(device, {
    label: "swiglu.forward",
    code: forwardCode,
    constants: { R, F4: F / 4, WX, WY },
  });
  return ({ gateUp, h }: SwigluBuffers): Dispatch =>
    kernel.bind([gateUp, h], groups(F / 4, WX), groups(R, WY));
}

/** dgate and dup from dh. */
export async function swigluBackward(device: GPUDevice, { R, F }: SwigluShape) {
  const kernel = await Kernel.create(device, {
    label: "swiglu.backward",
    code: backwardCode,
    constants: { R, F4: F / 4, WX, WY },
  });
  return ({ gateUp, dh, dgateUp }: SwigluGradients): Dispatch =>
    kernel.bind([gateUp, dh, dgateUp], groups(F / 4, WX), groups(R, WY));
}
