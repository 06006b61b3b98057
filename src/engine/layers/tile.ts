import { isSwiftShader, sharesLoads } from "../gpu/adapter.ts";

/** Outputs that one invocation keeps in registers. */
export interface Tile {
  rows: number;
  columns: number;
  /** Invocations from which on it is taken. */
  enough: number;
  /** Workgroup in tiles: columns × rows. */
  WX: number;
  WY: number;
  /** Invocations that load together and hand round what they loaded; 1: each for itself. */
  lanes: 1 | 4;
}

/**
 * SwiftShader pays for every load, 50 ns for four lanes' vec4s, and for every place in the code
 * that loads. Four lanes that share their loads make do with small tiles, which compile in a
 * tenth of the time of large ones; the larger tile is worth its own only in a large product.
 */
const SHARING: readonly Tile[] = [
  { rows: 16, columns: 8, enough: 1024, WX: 4, WY: 2, lanes: 4 },
  { rows: 16, columns: 4, enough: 0, WX: 4, WY: 2, lanes: 4 },
];

/** The same without subgroups: the largest tile has the fewest loads. */
const SOFTWARE: readonly Tile[] = [
  { rows: 16, columns: 16, enough: 64, WX: 2, WY: 4, lanes: 1 },
  { rows: 8, columns: 8, enough: 32, WX: 2, WY: 4, lanes: 1 },
  { rows: 4, columns: 4, enough: 32, WX: 2, WY: 4, lanes: 1 },
];

/** A GPU has few registers per invocation and wants thousands of invocations. */
const HARDWARE: readonly Tile[] = [
  { rows: 8, columns: 8, enough: 8192, WX: 2, WY: 4, lanes: 1 },
  { rows: 4, columns: 4, enough: 8192, WX: 2, WY: 4, lanes: 1 },
];

/** Invocations that occupy the device. */
export const occupancy = (device: GPUDevice): number => (isSwiftShader(device) ? 64 : 8192);

/**
 * The largest tile that leaves enough invocations for `copies` products of `rows` × `columns`
 * outputs, or the smallest. Tiles only regroup outputs: each output is summed in the same order
 * whatever the tile.
 */
export function chooseTile(device: GPUDevice, rows: number, columns: number, copies = 1): Tile {
  const tiles = sharesLoads(device) ? SHARING : isSwiftShader(device) ? SOFTWARE : HARDWARE;
  const fits = (tile: Tile) =>
    Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns) * copies >= tile.enough;
  return tiles.find(fits) ?? tiles.at(-1)!;
}
