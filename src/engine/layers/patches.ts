import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { kernelSpec } from "../shaders/vision.ts";
import { groups, WX, WY } from "./grid.ts";

/** M square pictures, cut into square patches; what is left over at the right and below is not read. */
export interface PatchesShape {
  M: number;
  channels: number;
  /** Pixels of a picture along either side. */
  size: number;
  /** Pixels of a patch along either side, at most `size`. */
  patch: number;
}

const WORKGROUP = 64;

/** Patches of a picture along either side. */
export const gridOf = ({ size, patch }: Pick<PatchesShape, "size" | "patch">): number =>
  Math.floor(size / patch);

/** Numbers of a patch, as they lie in buffers: padded to a whole vec4. */
export const patchWidth = ({ channels, patch }: PatchesShape): number =>
  4 * Math.ceil((channels * patch * patch) / 4);

const constants = (shape: PatchesShape) => ({
  CHANNELS: shape.channels,
  SIZE: shape.size,
  PATCH: shape.patch,
  GRID: gridOf(shape),
  I4: patchWidth(shape) / 4,
});

/** Pixels as rows of patches, from which a convolution is a product. */
export async function patchesForward(device: GPUDevice, shape: PatchesShape) {
  const COUNT = shape.M * gridOf(shape) ** 2;
  const own = constants(shape);
  const spec = kernelSpec("patches.forward", { ...own, COUNT, WX, WY });
  const kernel = await Kernel.create(device, spec);
  return (b: {
    pixels: Binding; // (M, channels, size, size)
    rows: Binding; // (M, grid², patchWidth)
  }): Dispatch => kernel.bind([b.pixels, b.rows], groups(own.I4, WX), groups(COUNT, WY));
}

/** The pixels' gradient from that of the patches. */
export async function patchesBackward(device: GPUDevice, shape: PatchesShape) {
  const COUNT = shape.M * shape.channels * shape.size ** 2;
  const spec = kernelSpec("patches.backward", { ...constants(shape), COUNT, WORKGROUP });
  const kernel = await Kernel.create(device, spec);
  return (b: {
    drows: Binding; // (M, grid², patchWidth)
    dpixels: Binding; // (M, channels, size, size), overwritten
  }): Dispatch => kernel.bind([b.drows, b.dpixels], groups(COUNT, WORKGROUP));
}
