import { uniformOf } from "../gpu/buffers.ts";
import type { Binding } from "../gpu/kernel.ts";

/** Invocations that share one row or one query; enough for a GPU, few enough for many groups. */
export const WORKGROUP = 16;

/** Workgroup of the elementwise kernels: vec4 columns × rows. */
export const WX = 8;
export const WY = 8;

/** Workgroups that cover `count` invocations. */
export const groups = (count: number, workgroup: number): number => Math.ceil(count / workgroup);

/** The rows that there are, of those that there may be. */
export interface RowRange {
  /** Uniform: first and end. */
  binding: Binding; // (2) u32
  /** How many a grid is for when it is launched: no fewer than there are. */
  rows(): number;
}

const wholes = new WeakMap<GPUDevice, Map<number, RowRange>>();

/** Rows of which there are always so many. */
export function allRows(device: GPUDevice, rows: number): RowRange {
  let known = wholes.get(device);
  if (!known) wholes.set(device, (known = new Map()));
  let rowRange = known.get(rows);
  if (!rowRange) {
    rowRange = { binding: uniformOf(device, "rowRange", [0, rows]), rows: () => rows };
    known.set(rows, rowRange);
  }
  return rowRange;
}
