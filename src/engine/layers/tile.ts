/** Workgroup of the matrix products, in tiles: columns × rows. */
export const WX = 2;
export const WY = 4;

/** Outputs that one invocation keeps in registers. */
export interface Tile {
  rows: number;
  columns: number;
  /** Invocations that occupy the device. */
  enough: number;
}

/**
 * A software adapter pays for every load, so the largest tile wins; a GPU has few registers per
 * invocation and wants thousands of invocations. Tiles only regroup outputs: each output is summed
 * in the same order whatever the tile.
 */
const SOFTWARE: readonly Tile[] = [
  { rows: 16, columns: 16, enough: 64 },
  { rows: 8, columns: 8, enough: 32 },
  { rows: 4, columns: 4, enough: 32 },
];
const HARDWARE: readonly Tile[] = [
  { rows: 8, columns: 8, enough: 8192 },
  { rows: 4, columns: 4, enough: 8192 },
];

/**
 * The largest tile that leaves enough invocations for `copies` products of `rows` × `columns`
 * outputs, or the smallest.
 */
export function chooseTile(device: GPUDevice, rows: number, columns: number, copies = 1): Tile {
  const tiles = device.adapterInfo.architecture === "swiftshader" ? SOFTWARE : HARDWARE;
  const fits = (tile: Tile) =>
    Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns) * copies >= tile.enough;
  return tiles.find(fits) ?? tiles.at(-1)!;
}
