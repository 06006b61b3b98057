import backwardGainCode from "../../../shaders/policy/rms-norm.backward-gain.wgsl?raw";
import backwardXCode from "../../../shaders/policy/rms-norm.backward-x.wgsl?raw";
import forwardCode from "../../../shaders/policy/rms-norm.forward.wgsl?raw";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { groups, WORKGROUP, WX } from "./grid.ts";
import { sumPartials } from "./sum-partials.ts";

/** R rows of C columns, each row padded to Cp = ceil4(C) numbers. */
export interface RmsNormShape {
  R: number;
  C: number;
  eps: number;
}

export interface RmsNormBuffers {
  x: Binding; // (R, Cp)
  gain: Binding; // (Cp)
  y: Binding; // (R, Cp)
  rstd: Binding; // (R)
}

export interface RmsNormGradients {
  x: Binding; // (R, Cp)
  gain: Binding; // (Cp)
  rstd: Binding; // (R), from the forward pass
  dy: Binding; // (R, Cp)
  dx: Binding; // (R, Cp), accumulated or overwritten
  dgain: Binding; // (Cp), accumulated
  /** Scratch. */
  partial: Binding; // (S, Cp), see rmsNormPartials
}

/** Rows per partial sum of the gain's gradient. */
const CHUNK = 32;
const CHUNKS_WORKGROUP = 4;

/** y = x / rms(x) · gain, row by row. */
export async function rmsNormForward(device: GPUDevice, { R, C, eps }: RmsNormShape) {
  const kernel = await Kernel.create(device, {
    label: "rms-norm.forward",
    code: forwardCode,
    constants: { R, C, C4: Math.ceil(C / 4), EPS: eps, WORKGROUP },
  });
  return ({ x, gain, y, rstd }: RmsNormBuffers): Dispatch =>
    kernel.bind([x, gain, y, rstd], groups(R, WORKGROUP));
}

/** Numbers of scratch that the backward pass needs. */
export const rmsNormPartials = ({ R, C }: RmsNormShape): number =>
  groups(R, CHUNK) * 4 * Math.ceil(C / 4);

/** dgain += …, then dx = … or, where the residual branch left its gradient there, dx += …. */
export async function rmsNormBackward(
  device: GPUDevice,
  { R, C }: RmsNormShape,
  dx: "accumulated" | "overwritten",
) {
  const C4 = Math.ceil(C / 4);
  const S = groups(R, CHUNK);
  const [intoX, intoGain, sum] = await Promise.all([
    Kernel.create(device, {
      label: "rms-norm.backward-x",
      code: backwardXCode,
      constants: { R, C, C4, ADD: Number(dx === "accumulated"), WORKGROUP },
    }),
    Kernel.create(device, {
      label: "rms-norm.backward-gain",
      code: backwardGainCode,
      constants: { R, C4, CHUNK, WX, WY: CHUNKS_WORKGROUP },
    }),
    sumPartials(device, S, 4 * C4),
  ]);
  return ({ x, gain, rstd, dy, dx, dgain, partial }: RmsNormGradients): Dispatch => {
    const intoPartial = intoGain.bind(
      [x, rstd, dy, partial],
      groups(C4, WX),
      groups(S, CHUNKS_WORKGROUP),
    );
    const intoDgain = sum({ partial, dweight: dgain });
    const intoDx = intoX.bind([x, gain, rstd, dy, dx], groups(R, WORKGROUP));
    return (pass) => {
      intoPartial(pass);
      intoDgain(pass);
      intoDx(pass);
    };
  };
}
