import backwardCode from "../../../shaders/policy/select-columns.backward.wgsl?raw";
import forwardCode from "../../../shaders/policy/select-columns.forward.wgsl?raw";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { groups, WX, WY } from "./grid.ts";

/** B sequences of T columns, of which those from `head` on are taken; K = T − head. */
export interface SelectColumnsShape {
  B: number;
  T: number;
  head: number;
  /** Width, a multiple of 4. */
  C: number;
}

export interface SelectColumnsBuffers {
  x: Binding; // (B, T, C)
  y: Binding; // (B, K, C)
}

export interface SelectColumnsGradients {
  dy: Binding; // (B, K, C)
  dx: Binding; // (B, T, C), overwritten
}

const constants = ({ B, T, head, C }: SelectColumnsShape) => ({
  B,
  T,
  HEAD: head,
  C4: C / 4,
  WX,
  WY,
});

/** y[b, k] = x[b, head + k]. */
export async function selectColumnsForward(device: GPUDevice, shape: SelectColumnsShape) {
  const kernel = await Kernel.create(device, {
    label: "select-columns.forward",
    code: forwardCode,
    constants: constants(shape),
  });
  const { B, T, head, C } = shape;
  return ({ x, y }: SelectColumnsBuffers): Dispatch =>
    kernel.bind([x, y], groups(C / 4, WX), groups(B * (T - head), WY));
}

/** dx[b, head + k] = dy[b, k], and zero before. */
export async function selectColumnsBackward(device: GPUDevice, shape: SelectColumnsShape) {
  const kernel = await Kernel.create(device, {
    label: "select-columns.backward",
    code: backwardCode,
    constants: constants(shape),
  });
  const { B, T, C } = shape;
  return ({ dy, dx }: SelectColumnsGradients): Dispatch =>
    kernel.bind([dy, dx], groups(C / 4, WX), groups(B * T, WY));
}
