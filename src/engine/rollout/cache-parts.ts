import { keyValueBytes, type PolicyShape, strides } from "../policy/shape.ts";
import type { CachedRows } from "./decode-attention.ts";

/** What every adapter binds at least: WebGPU's default `maxStorageBufferBindingSize`. */
const LEAST_BINDING = 2 ** 27;

/** Bindings begin at multiples of 256 bytes, 64 numbers. */
const ALIGNMENT = 64;

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/**
 * A layer's keys and values of B rows × `capacity` columns as buffers of at most `most` bytes, of
 * whole rows: as few as that takes, of about equal size. A part is never empty, so that a single
 * row may be too large; and its activations begin where a binding may.
 */
export function cacheParts(
  shape: PolicyShape,
  { B, capacity }: { B: number; capacity: number },
  most = LEAST_BINDING,
): CachedRows[] {
  const { width, query } = strides(shape);
  const step = ALIGNMENT / divisor(ALIGNMENT, divisor(width, query));
  const fitting = Math.floor(most / (capacity * keyValueBytes(shape)));
  const wanted = Math.max(1, Math.floor(fitting / step)) * step;
  const parts = Math.ceil(B / wanted);
  const rows = Math.ceil(B / parts / step) * step;
  return Array.from({ length: Math.ceil(B / rows) }, (_, part) => ({
    first: part * rows,
    rows: Math.min(rows, B - part * rows),
  }));
}
