import { codeOf } from "../shaders/manifest.ts";
import { isSwiftShader } from "../gpu/adapter.ts";
import { unroll } from "../gpu/unroll.ts";
import { groups } from "./grid.ts";
import { type LinearTiles, SHORTEST_CHUNK } from "./linear-tiles.ts";

/** The constants of linear.tile.wgsl that differ; 64 invocations each. */
interface WorkgroupTile {
  QUADS: number;
  WX: number;
  WY: number;
  SPLIT: number;
  DEPTH: number;
}

/**
 * 64 × 64 outputs of a workgroup, 8 × 8 of an invocation, as GPUs have them in published work; 32 ×
 * 32; and 16 × 32 for the few rows of decoding, where a product is short of invocations and a
 * barrier costs as much as what it waits for: four of them share its depth, in slices twice as deep.
 * 8, 8 and 6 KiB of workgroup memory.
 */
const TILES: readonly WorkgroupTile[] = [
  { QUADS: 2, WX: 8, WY: 8, SPLIT: 1, DEPTH: 16 },
  { QUADS: 1, WX: 4, WY: 8, SPLIT: 2, DEPTH: 32 },
  { QUADS: 1, WX: 4, WY: 4, SPLIT: 4, DEPTH: 32 },
];

/** Workgroups that occupy the device. */
const enough = (device: GPUDevice): number => (isSwiftShader(device) ? 4 : 128);

const rowsOf = ({ QUADS, WY }: WorkgroupTile) => 4 * QUADS * WY;
const columnsOf = ({ WX }: WorkgroupTile) => 8 * WX;
const countOf = (tile: WorkgroupTile, rows: number, columns: number) =>
  groups(rows, rowsOf(tile)) * groups(columns, columnsOf(tile));

/** The largest tile that leaves enough workgroups, or the smallest. */
const choose = (device: GPUDevice, count: (tile: WorkgroupTile) => number): WorkgroupTile =>
  TILES.find((tile) => count(tile) >= enough(device)) ?? TILES.at(-1)!;

const constantsOf = (tile: WorkgroupTile) => ({
  ...tile,
  SUMS: 8 * tile.QUADS,
  REST: 8 * tile.QUADS - 2,
  LAST: 8 * tile.QUADS - 1,
  SHARED: tile.SPLIT > 1 ? 1 : 0,
});

/** Tiles whose operands go through workgroup memory. */
export const workgroupTiles: LinearTiles = {
  forward(device, { R, O, experts = 1 }, parts) {
    const tile = choose(device, (each) => experts * countOf(each, R, O));
    return {
      code: unroll(parts.rows + codeOf("linear.forward.workgroup") + parts.end, {
        ...constantsOf(tile),
        ...parts.constants,
      }),
      constants: parts.overrides,
      columns: columnsOf(tile),
      rows: rowsOf(tile),
    };
  },

  backward(device, { R, I, O, experts }, parts) {
    // Both products are in one launch.
    const chunks = experts ? 1 : groups(R, SHORTEST_CHUNK);
    const tile = choose(
      device,
      (each) => (experts ?? 1) * (countOf(each, R, I) + chunks * countOf(each, O, I)),
    );
    return {
      code: unroll(parts.rows + codeOf("linear.backward.workgroup"), {
        ...constantsOf(tile),
        ...parts.constants,
      }),
      constants: {},
      columns: columnsOf(tile),
      rows: rowsOf(tile),
      outputs: rowsOf(tile),
    };
  },

  copies: (device, { I, O }) => groups(2 * enough(device), countOf(TILES[0]!, O, I)),
};
