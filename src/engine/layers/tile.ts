import { lanes as fragments } from "../shaders/manifest.ts";
import { isSwiftShader, sharesLoads } from "../gpu/adapter.ts";

/** Outputs that one invocation keeps in registers: `rows` × two vec4s. */
export interface Tile {
  rows: number;
  /** Invocations from which on it is taken. */
  enough: number;
}

/** Numbers of a row in one tile: two vec4s. */
export const TILE_COLUMNS = 8;

/** How an adapter's invocations work together on a product. */
export interface Lanes {
  /** Invocations that load together and hand round what they loaded; 1: each for itself. */
  count: 1 | 4;
  /** WGSL that goes before a kernel: LANES and exchanged. */
  code: string;
  /** Workgroup in tiles: columns × rows. */
  WX: number;
  WY: number;
  tiles: readonly Tile[];
}

/**
 * SwiftShader pays for every load, and four lanes that share theirs have half of what each would have
 * alone. A larger tile has fewer loads and is slower all the same: without its loads it takes as long as
 * this one, so that each of them costs more there; why was not looked up. In processor time, alternated,
 * forward and backward of 4096 × 128 × 512 took 161 + 301 ms with 8 rows, 129 + 241 with 16, 188 + 365
 * with 24 and 184 + 341 with 32. Compile time goes with the tile, too.
 */
const SHARING: Lanes = {
  count: 4,
  code: fragments.quad,
  WX: 4,
  WY: 2,
  tiles: [{ rows: 16, enough: 0 }],
};

/** The same without subgroups. */
const SOFTWARE: Lanes = {
  count: 1,
  code: fragments.single,
  WX: 2,
  WY: 4,
  tiles: [
    { rows: 16, enough: 64 },
    { rows: 8, enough: 0 },
  ],
};

/** A GPU has few registers per invocation and wants thousands of invocations. */
const HARDWARE: Lanes = {
  count: 1,
  code: fragments.single,
  WX: 8,
  WY: 8,
  tiles: [
    { rows: 8, enough: 8192 },
    { rows: 4, enough: 0 },
  ],
};

export const lanesOf = (device: GPUDevice): Lanes =>
  sharesLoads(device) ? SHARING : isSwiftShader(device) ? SOFTWARE : HARDWARE;

/** Invocations that occupy the device. */
export const occupancy = (device: GPUDevice): number => (isSwiftShader(device) ? 64 : 8192);

/**
 * The largest tile that leaves enough invocations for `copies` products of `rows` × `columns`
 * outputs, or the smallest. Tiles only regroup outputs: each output is summed in the same order
 * whatever the tile.
 */
export function chooseTile({ tiles }: Lanes, rows: number, columns: number, copies = 1): Tile {
  const fits = (tile: Tile) =>
    Math.ceil(rows / tile.rows) * Math.ceil(columns / TILE_COLUMNS) * copies >= tile.enough;
  return tiles.find(fits) ?? tiles.at(-1)!;
}
