import code from "../../../shaders/policy/rms-norm.backward.wgsl?raw";
import { uniformOf } from "../gpu/buffers.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { groups, WORKGROUP } from "./grid.ts";

/** The rows of each sequence that are read: K of them, after `skip` that are not. */
export interface Columns {
  K: number;
  skip: number;
}

/** R rows of C columns, each row padded to Cp = ceil4(C) numbers. */
export interface RmsNormShape {
  R: number;
  C: number;
  /** Rows of x that were left out; every row was read when left out. */
  columns?: Columns;
}

export interface RmsNormGradients {
  x: Binding; // (R', Cp): R rows and those that were left out
  gain: Binding; // (Cp)
  rstd: Binding; // (R), from the linear that normalised x
  dy: Binding; // (R, Cp)
  dx: Binding; // (R', Cp), accumulated or overwritten
  partial: Binding; // (S, Cp), see rmsNormPartials
}

/** Rows per partial sum of the gain's gradient: at most 64 of them. */
const chunkRows = ({ R }: RmsNormShape) => Math.max(32, groups(R, 64));

/** Partial sums of the gain's gradient. */
export const rmsNormPartials = (shape: RmsNormShape): number => groups(shape.R, chunkRows(shape));

/** Partial sums of dgain, and dx = … or, where the residual branch left its gradient there, dx += …. */
export async function rmsNormBackward(
  device: GPUDevice,
  shape: RmsNormShape,
  dx: "accumulated" | "overwritten",
) {
  const { R, C, columns } = shape;
  const C4 = Math.ceil(C / 4);
  const { K, skip } = columns ?? { K: R, skip: 0 };
  const rows = (R / K) * (K + skip);
  const kernel = await Kernel.create(device, {
    label: "rms-norm.backward",
    code,
    constants: { WORKGROUP },
  });
  const params = uniformOf(device, "rms-norm params", [
    ...[R, C, C4, K, skip],
    ...[Number(dx === "accumulated"), chunkRows(shape), rows],
  ]);
  return (b: RmsNormGradients): Dispatch =>
    kernel.bind(
      [b.x, b.gain, b.rstd, b.dy, b.dx, b.partial, params],
      groups(rows, WORKGROUP) + groups(rmsNormPartials(shape) * C4, WORKGROUP),
    );
}
