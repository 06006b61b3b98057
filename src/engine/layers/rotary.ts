import backwardCode from "../../../shaders/policy/rotary.backward.wgsl?raw";
import forwardCode from "../../../shaders/policy/rotary.forward.wgsl?raw";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { groups, WX, WY } from "./grid.ts";

/** Heads of `head` numbers: two halves, each padded to a whole vec4 (strides().head). */
export interface RotaryShape {
  B: number;
  /** Columns of the rows that are turned. */
  Tq: number;
  /** Columns of the keys and values; the training forward has Tq = Tcap. */
  Tcap: number;
  heads: number;
  kvHeads: number;
  head: number;
}

export interface RotaryBuffers {
  qkv: Binding; // (B, Tq, (heads + 2·kvHeads)·head)
  angles: Binding; // (Tcap, head), see rotaryAngles
  /** Column of the first of the Tq. */
  position: Binding; // (1) u32
  q: Binding; // (B, Tq, heads·head)
  k: Binding; // (B, Tcap, kvHeads·head), columns position … position + Tq − 1
  v: Binding; // (B, Tcap, kvHeads·head), likewise
}

export interface RotaryGradients {
  dq: Binding; // (B, T, heads·head)
  dk: Binding; // (B, T, kvHeads·head)
  dv: Binding; // (B, T, kvHeads·head)
  angles: Binding; // (T, head)
  dqkv: Binding; // (B, T, (heads + 2·kvHeads)·head), overwritten
}

/**
 * Cosines and sines of p · theta^(−2j/D) for columns p and pairs j, made in float64: WGSL promises
 * little about the sine of a large angle. Each row: cosines, then sines, both padded to a vec4.
 */
export function rotaryAngles(
  columns: number,
  headDim: number,
  theta: number,
): Float32Array<ArrayBuffer> {
  const half = headDim / 2;
  const stride = 4 * Math.ceil(half / 4);
  const angles = new Float32Array(columns * 2 * stride);
  for (let p = 0; p < columns; p++) {
    for (let j = 0; j < half; j++) {
      const angle = p * theta ** (-j / half);
      angles[p * 2 * stride + j] = Math.cos(angle);
      angles[p * 2 * stride + stride + j] = Math.sin(angle);
    }
  }
  return angles;
}

/** Splits fused rows, turns queries and keys, and puts keys and values into their columns. */
export async function rotaryForward(device: GPUDevice, shape: RotaryShape) {
  const { B, Tq, Tcap, heads, kvHeads, head } = shape;
  const kernel = await Kernel.create(device, {
    label: "rotary.forward",
    code: forwardCode,
    constants: { B, TQ: Tq, TCAP: Tcap, H: heads, KV: kvHeads, D8: head / 8, WX, WY },
  });
  const columns = ((heads + 2 * kvHeads) * head) / 8;
  return ({ qkv, angles, position, q, k, v }: RotaryBuffers): Dispatch =>
    kernel.bind([qkv, angles, position, q, k, v], groups(columns, WX), groups(B * Tq, WY));
}

/** Undoes the turn and fuses the three gradients; columns start at 0, Tq = Tcap = T. */
export async function rotaryBackward(device: GPUDevice, shape: RotaryShape) {
  const { B, Tq, heads, kvHeads, head } = shape;
  const kernel = await Kernel.create(device, {
    label: "rotary.backward",
    code: backwardCode,
    constants: { B, T: Tq, H: heads, KV: kvHeads, D8: head / 8, WX, WY },
  });
  const columns = ((heads + 2 * kvHeads) * head) / 8;
  return ({ dq, dk, dv, angles, dqkv }: RotaryGradients): Dispatch =>
    kernel.bind([dq, dk, dv, angles, dqkv], groups(columns, WX), groups(B * Tq, WY));
}
