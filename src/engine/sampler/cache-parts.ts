import { keyValueBytes, type PolicyShape } from "../policy/shape.ts";

/** What every adapter binds at least: WebGPU's default `maxStorageBufferBindingSize`. */
const LEAST_BINDING = 2 ** 27;

/** Rows of the batch that one cache holds. */
export interface CachedRows {
  first: number;
  rows: number;
}

/**
 * A layer's keys and values of B rows × `capacity` columns as buffers of at most `most` bytes, of
 * whole rows: as few as that takes, all but the last of one size. A part is never empty, so that a
 * single row may be too large.
 */
export function cacheParts(
  shape: PolicyShape,
  { B, capacity }: { B: number; capacity: number },
  most = LEAST_BINDING,
): CachedRows[] {
  const fitting = Math.max(1, Math.floor(most / (capacity * keyValueBytes(shape))));
  const rows = Math.ceil(B / Math.ceil(B / fitting));
  return Array.from({ length: Math.ceil(B / rows) }, (_, part) => ({
    first: part * rows,
    rows: Math.min(rows, B - part * rows),
  }));
}
