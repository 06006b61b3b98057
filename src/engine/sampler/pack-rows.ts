import { kernelSpec } from "../shaders/manifest.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { RANGE_STRIDE } from "../policy/packed-batch.ts";
import type { CachedRows } from "./cache-parts.ts";

export interface PackRowsBuffers {
  /** Column of the tokens before. */
  lastColumn: Binding; // (1) u32
  /** First real column of each row. */
  start: Binding; // (B) u32
  ended: Binding; // (B) u32
  /** The newest token of each row. */
  next: Binding; // (B) u32
  /** Of the rows that go on, in order: their tokens, the rows, and where in the cache they write. */
  tokens: Binding; // (B) u32
  live: Binding; // (B) u32
  positions: Binding; // (B, 2) u32
  /** First and end among them: of all, then of each part of the cache, RANGE_STRIDE numbers apart. */
  rowRanges: Binding; // (RANGE_STRIDE · (1 + parts)) u32
}

/** Moves on to the next column, with the rows that have not ended. */
export async function packRows(
  device: GPUDevice,
  { B, capacity, parts }: { B: number; capacity: number; parts: readonly CachedRows[] },
) {
  const shape = { B, CAPACITY: capacity, MOST: parts[0]!.rows };
  const constants = { ...shape, RANGE_STRIDE: RANGE_STRIDE / 2 };
  const kernel = await Kernel.create(device, kernelSpec("pack-rows", constants));
  return (b: PackRowsBuffers): Dispatch =>
    kernel.bind(
      [b.lastColumn, b.start, b.ended, b.next, b.tokens, b.live, b.positions, b.rowRanges],
      1,
    );
}
