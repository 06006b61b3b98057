import { codeOf, kernelSpec } from "../shaders/manifest.ts";
import { constantsWith, type GpuContext } from "../gpu/context.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { structOf } from "../gpu/struct.ts";
import { type RowRange, groups, allRows, WORKGROUP } from "./grid.ts";

const PARAMS = structOf(codeOf("rms-norm.backward"), "Params");

/** At most R rows of C columns, each row padded to Cp = ceil4(C) numbers. */
export interface RmsNormShape {
  R: number;
  C: number;
  /** Of these at most so many were read, the first; all when left out. */
  read?: number;
}

export interface RmsNormGradients {
  x: Binding; // (R, Cp)
  gain: Binding; // (Cp)
  rstd: Binding; // (read), from the linear that normalised x
  dy: Binding; // (read, Cp)
  dx: Binding; // (R, Cp), accumulated or overwritten
  partial: Binding; // (S, Cp), see rmsNormPartials
  /** The rows that there are, exactly; all R when left out. */
  rowRange?: RowRange;
  /** Those that were read. */
  readRange?: RowRange;
}

/** Partial sums of the gain's gradient: of 32 rows or more, at most 64 of them. */
export const rmsNormPartials = ({ R, read = R }: RmsNormShape): number =>
  Math.min(64, groups(read, 32));

/** Partial sums of dgain, and dx = … or, where the residual branch left its gradient there, dx += …. */
export async function rmsNormBackward(
  gpu: GpuContext,
  shape: RmsNormShape,
  dx: "accumulated" | "overwritten",
) {
  const { device } = gpu;
  const { R, C, read = R } = shape;
  const C4 = Math.ceil(C / 4);
  const S = rmsNormPartials(shape);
  const kernel = await Kernel.create(device, kernelSpec("rms-norm.backward", { WORKGROUP }));
  const add = Number(dx === "accumulated");
  const params = constantsWith(gpu, "rms-norm params", PARAMS, { C, C4, add, chunks: S });
  return (b: RmsNormGradients): Dispatch => {
    const { rowRange = allRows(device, R), readRange = allRows(device, read) } = b;
    const buffers = [b.x, b.gain, b.rstd, b.dy, b.dx, b.partial, params];
    const grid = (rows: number) => groups(rows, WORKGROUP) + groups(S * C4, WORKGROUP);
    return kernel.bind([...buffers, rowRange.binding, readRange.binding], grid(R), 1, 1, () => [
      grid(rowRange.rows()),
    ]);
  };
}
