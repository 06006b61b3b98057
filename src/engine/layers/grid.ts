import { uniformOf } from "../gpu/buffers.ts";

/** Invocations that share one row or one query; enough for a GPU, few enough for many groups. */
export const WORKGROUP = 16;

/** Workgroup of the elementwise kernels: vec4 columns × rows. */
export const WX = 8;
export const WY = 8;

/** Workgroups that cover `count` invocations. */
export const groups = (count: number, workgroup: number): number => Math.ceil(count / workgroup);

const wholes = new WeakMap<GPUDevice, Map<number, GPUBuffer>>();

/** Uniform: first and end of rows of which there are always so many. */
export function wholeExtent(device: GPUDevice, rows: number): GPUBuffer {
  let known = wholes.get(device);
  if (!known) wholes.set(device, (known = new Map()));
  let extent = known.get(rows);
  if (!extent) known.set(rows, (extent = uniformOf(device, "extent", [0, rows])));
  return extent;
}
