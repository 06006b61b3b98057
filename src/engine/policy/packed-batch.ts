import { rowRangeBuffer, type Purpose } from "../gpu/buffers.ts";
import type { RowRange } from "../layers/grid.ts";
import type { Arena } from "../gpu/arena.ts";
import type { BatchShape } from "./policy.ts";

/** Tokens as rectangles, padded on both sides. */
export interface Rectangle {
  /** (B, T) */
  tokens: Uint32Array;
  /** First real column of each row. (B) */
  start: Uint32Array;
  /** Column after the last real one of each row but for the tail; null: T − tail in all of them. (B) */
  end: Uint32Array | null;
}

/**
 * A batch as the kernels read it: its tokens packed, padding left out. The n tokens have the packed
 * indices 0 … n − 1, those from column `head` on, which are scored, before all others, the tail's last
 * of all; sequence by sequence, column by column. Every activation has one row per token, so that padding costs nothing.
 */
export interface PackedBatch {
  /** Token at each packed index. (B·T), the first n used */
  tokens: Uint32Array<ArrayBuffer>;
  /** Of each token its position in its sequence, and its packed index: its row of the keys. (B·T, 2) */
  positions: Uint32Array<ArrayBuffer>;
  /** Of each sequence: first, lead, scored, count, skipped, tail (shaders/lib/sequence-span.wgsl). (B, 6) */
  spans: Uint32Array<ArrayBuffer>;
  /** First and end of all tokens, and, RANGE_STRIDE numbers on, of those that are scored. */
  rowRanges: Uint32Array<ArrayBuffer>;
}

export const PACKED_ARRAYS = ["tokens", "positions", "spans", "rowRanges"] as const;

/** Numbers of a sequence in `spans`. */
const SPAN = 6;
/** Numbers from one range to the next: each can be bound. */
export const RANGE_STRIDE = 64;

/** The n-th range of a buffer of them, for grids of `rows` rows. */
export const rowRangeIn = (buffer: GPUBuffer, n: number, rows: () => number): RowRange => ({
  binding: { buffer, offset: n * RANGE_STRIDE * 4, size: 8 },
  rows,
});

/** How many tokens a batch has, for the size of the grids. */
export interface BatchCounts {
  tokens: number;
  scored: number;
  /** Of its longest sequence. */
  longest: number;
}

export const countsOf = ({ rowRanges, spans }: PackedBatch): BatchCounts => ({
  tokens: rowRanges[1]!,
  scored: rowRanges[RANGE_STRIDE + 1]!,
  longest: spans.reduce((most, count, i) => (i % SPAN === 3 ? Math.max(most, count) : most), 0),
});

export type PackedBatchBuffers = Readonly<Record<keyof PackedBatch, GPUBuffer>>;

/** Buffers for a packed batch. */
export function packedBatchBuffers(
  device: GPUDevice,
  arena: Arena,
  shape: Pick<BatchShape, "B" | "T">,
  purpose: Purpose,
  name = "",
): PackedBatchBuffers {
  const lengths = packedLengths(shape);
  return {
    tokens: arena.storage(purpose, `${name}tokens`, lengths.tokens),
    positions: arena.storage(purpose, `${name}positions`, lengths.positions),
    spans: arena.storage(purpose, `${name}spans`, lengths.spans),
    rowRanges: arena.own(rowRangeBuffer(device, `${name}row ranges`, lengths.rowRanges)),
  };
}

/** Numbers of each array of a packed batch. */
export const packedLengths = ({ B, T }: Pick<BatchShape, "B" | "T">) => ({
  tokens: B * T,
  positions: 2 * B * T,
  spans: SPAN * B,
  rowRanges: RANGE_STRIDE + 2,
});

/** Packed index of a scored column, row · K + column; null where its row has no token there. */
export function scoredIndex(spans: Uint32Array, K: number, scored: number): number | null {
  const span = spans.subarray(Math.floor(scored / K) * SPAN);
  const [lead, first, count, skipped, tail] = span.subarray(1) as unknown as number[];
  const nth = (scored % K) - skipped!;
  return nth < 0 || nth >= count! - lead! - tail! ? null : first! + nth;
}

/** Packs a batch: every token gets its index. */
export function packBatch(shape: BatchShape, { tokens, start, end }: Rectangle): PackedBatch {
  const { B, T, head, tail = 0 } = shape;
  const lengths = packedLengths(shape);
  const packed: PackedBatch = {
    tokens: new Uint32Array(lengths.tokens),
    positions: new Uint32Array(lengths.positions),
    spans: new Uint32Array(lengths.spans),
    rowRanges: new Uint32Array(lengths.rowRanges),
  };
  let packedIndex = 0;
  const put = (row: number, from: number, to: number): void => {
    for (let column = from; column < to; column++) {
      packed.tokens[packedIndex] = tokens[row * T + column]!;
      packed.positions[2 * packedIndex] = column - start[row]!;
      packed.positions[2 * packedIndex + 1] = packedIndex;
      packedIndex++;
    }
  };
  const endOf = (row: number): number => (end ? end[row]! : T - tail);
  for (let row = 0; row < B; row++) {
    const first = Math.max(head, start[row]!);
    const count = Math.max(0, endOf(row) - start[row]!);
    const after = count > 0 ? tail : 0;
    packed.spans.set([packedIndex, count + after, first - head, after], row * SPAN + 2);
    put(row, first, endOf(row));
  }
  packed.rowRanges.set([0, packedIndex], RANGE_STRIDE);
  for (let row = 0; row < B; row++) {
    const lead = Math.max(0, Math.min(head, endOf(row)) - start[row]!);
    packed.spans.set([packedIndex, lead], row * SPAN);
    put(row, start[row]!, start[row]! + lead);
    if (endOf(row) > start[row]!) put(row, endOf(row), endOf(row) + tail);
  }
  packed.rowRanges.set([0, packedIndex]);
  return packed;
}
