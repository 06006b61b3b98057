import { codeOf } from "../shaders/manifest.ts";
import { unroll } from "../gpu/unroll.ts";
import { groups } from "./grid.ts";
import { type LinearTiles, type ProductShape, SHORTEST_CHUNK } from "./linear-tiles.ts";
import { chooseTile, lanesOf, occupancy, TILE_COLUMNS } from "./tile.ts";

const weightTile = (device: GPUDevice, { R, I, O }: ProductShape) =>
  chooseTile(lanesOf(device), O, I, groups(R, SHORTEST_CHUNK));

/** Tiles in registers, without workgroup memory. */
export const registerTiles: LinearTiles = {
  forward(device, { R, O }, norm, end, constants) {
    const lanes = lanesOf(device);
    const { rows } = chooseTile(lanes, R, O);
    const BLOCKS = rows / lanes.count;
    return {
      code: unroll(lanes.code + codeOf("linear.forward.register") + end, {
        LANES: lanes.count,
        BLOCKS,
        LATER: BLOCKS - 1,
        AHEAD: 2 * lanes.count * (BLOCKS - 1),
        WITHIN: 2 * (lanes.count - 1),
        NORM: norm ? 1 : 0,
      }),
      constants: { WX: lanes.WX, WY: lanes.WY, ...constants },
      columns: TILE_COLUMNS * lanes.WX,
      rows: rows * lanes.WY,
    };
  },

  backward(device, shape) {
    const lanes = lanesOf(device);
    const { rows } = chooseTile(lanes, shape.R, shape.I);
    const BLOCKS = rows / lanes.count;
    const OUTPUTS = weightTile(device, shape).rows / 4;
    return {
      code: unroll(lanes.code + codeOf("linear.backward.register"), {
        LANES: lanes.count,
        BLOCKS,
        AHEAD: 2 * lanes.count * (BLOCKS - 1),
        WITHIN: 2 * (lanes.count - 1),
        OUTPUTS,
        SUMS: 8 * OUTPUTS,
        AFTER: 8 * OUTPUTS - 8,
        OWN: 4 / lanes.count,
        SHARED: lanes.count === 4 ? 1 : 0,
      }),
      constants: { WX: lanes.WX, WY: lanes.WY },
      columns: TILE_COLUMNS * lanes.WX,
      rows: rows * lanes.WY,
      outputs: 4 * OUTPUTS * lanes.WY,
    };
  },

  copies(device, shape) {
    const tiles = groups(shape.O, weightTile(device, shape).rows) * groups(shape.I, TILE_COLUMNS);
    return groups(occupancy(device), tiles);
  },
};
