import { extentBuffer, type Purpose } from "../gpu/buffers.ts";
import type { Extent } from "../layers/grid.ts";
import type { Arena } from "../gpu/arena.ts";
import type { BatchShape } from "./policy.ts";

/** Tokens as rectangles, padded on both sides. */
export interface Rectangle {
  /** (B, T) */
  tokens: Uint32Array;
  /** First real column of each row. (B) */
  start: Uint32Array;
  /** Column after the last real one of each row; null: T in all of them. (B) */
  end: Uint32Array | null;
}

/**
 * A batch as the kernels read it: its tokens packed, padding left out. The n tokens have the places
 * 0 … n − 1, those at columns `head` … T − 1, which are scored, before all others; row by row, column
 * by column. Every activation is one row per place, so that padding costs nothing.
 */
export interface Places {
  /** Token of each place. (B·T), the first n used */
  tokens: Uint32Array<ArrayBuffer>;
  /** Of each place the token's number in its row, and the place itself: its row of the keys. (B·T, 2) */
  places: Uint32Array<ArrayBuffer>;
  /** Of each row: first, lead, scored, count, skipped (shaders/lib/row.wgsl). (B, 5) */
  rows: Uint32Array<ArrayBuffer>;
  /** First and end of all places, and, EXTENT numbers on, of those that are scored. */
  extents: Uint32Array<ArrayBuffer>;
}

export const PLACES = ["tokens", "places", "rows", "extents"] as const;

/** Numbers of a row in `rows`. */
const ROW = 5;
/** Numbers from one extent to the next: each can be bound. */
export const EXTENT = 64;

/** The n-th extent of a buffer of them, for grids of `rows` rows. */
export const extentIn = (buffer: GPUBuffer, n: number, rows: () => number): Extent => ({
  binding: { buffer, offset: n * EXTENT * 4, size: 8 },
  rows,
});

/** How many places a batch has, for the size of the grids. */
export interface Filled {
  places: number;
  scored: number;
  /** Of its longest row. */
  longest: number;
}

export const filledOf = ({ extents, rows }: Places): Filled => ({
  places: extents[1]!,
  scored: extents[EXTENT + 1]!,
  longest: rows.reduce((most, count, i) => (i % ROW === 3 ? Math.max(most, count) : most), 0),
});

export type PlacesBuffers = Readonly<Record<keyof Places, GPUBuffer>>;

/** Buffers for a batch's places. */
export function placesBuffers(
  device: GPUDevice,
  arena: Arena,
  shape: Pick<BatchShape, "B" | "T">,
  purpose: Purpose,
  name = "",
): PlacesBuffers {
  const lengths = placesShape(shape);
  return {
    tokens: arena.storage(purpose, `${name}tokens`, lengths.tokens),
    places: arena.storage(purpose, `${name}places`, lengths.places),
    rows: arena.storage(purpose, `${name}rows`, lengths.rows),
    extents: arena.own(extentBuffer(device, `${name}extents`, lengths.extents)),
  };
}

/** Numbers of each array of a batch's places. */
export const placesShape = ({ B, T }: Pick<BatchShape, "B" | "T">) => ({
  tokens: B * T,
  places: 2 * B * T,
  rows: ROW * B,
  extents: EXTENT + 2,
});

/** Place of a scored column, row · K + column; null where its row has no token there. */
export function scoredPlace(rows: Uint32Array, K: number, scored: number): number | null {
  const row = rows.subarray(Math.floor(scored / K) * ROW);
  const [lead, first, count, skipped] = [row[1]!, row[2]!, row[3]!, row[4]!];
  const nth = (scored % K) - skipped;
  return nth < 0 || nth >= count - lead ? null : first + nth;
}

/** Gives every token of a batch its place. */
export function layOutPlaces(shape: BatchShape, { tokens, start, end }: Rectangle): Places {
  const { B, T, head } = shape;
  const lengths = placesShape(shape);
  const laid: Places = {
    tokens: new Uint32Array(lengths.tokens),
    places: new Uint32Array(lengths.places),
    rows: new Uint32Array(lengths.rows),
    extents: new Uint32Array(lengths.extents),
  };
  let place = 0;
  const put = (row: number, from: number, to: number): void => {
    for (let column = from; column < to; column++) {
      laid.tokens[place] = tokens[row * T + column]!;
      laid.places[2 * place] = column - start[row]!;
      laid.places[2 * place + 1] = place;
      place++;
    }
  };
  const endOf = (row: number): number => (end ? end[row]! : T);
  for (let row = 0; row < B; row++) {
    const first = Math.max(head, start[row]!);
    laid.rows.set([place, Math.max(0, endOf(row) - start[row]!), first - head], row * ROW + 2);
    put(row, first, endOf(row));
  }
  laid.extents.set([0, place], EXTENT);
  for (let row = 0; row < B; row++) {
    const lead = Math.max(0, Math.min(head, endOf(row)) - start[row]!);
    laid.rows.set([place, lead], row * ROW);
    put(row, start[row]!, start[row]! + lead);
  }
  laid.extents.set([0, place]);
  return laid;
}
