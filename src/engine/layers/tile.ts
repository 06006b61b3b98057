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
 * SwiftShader pays for every load, 50 ns for four lanes' vec4s: the largest tile has the fewest,
 * and four lanes that share theirs have half of what each would have alone. Compile time goes with
 * the tile: a policy of some thousand parameters gains nothing from the large one, and would pay a
 * second of compiling for each kernel that has it, so that only larger products take it.
 */
const SHARING: Lanes = {
  count: 4,
  code: fragments.quad,
  WX: 4,
  WY: 2,
  tiles: [
    { rows: 32, enough: 512 },
    { rows: 16, enough: 0 },
  ],
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
