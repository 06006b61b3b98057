import { codeOf } from "../shaders/manifest.ts";
import { unroll } from "../gpu/unroll.ts";
import { groups } from "./grid.ts";
import { type LinearTiles, type ProductShape, SHORTEST_CHUNK } from "./linear-tiles.ts";
import { chooseTile, lanesOf, occupancy, TILE_COLUMNS } from "./tile.ts";

const weightTile = (device: GPUDevice, { R, I, O, experts }: ProductShape) =>
  chooseTile(lanesOf(device), O, I, experts ?? groups(R, SHORTEST_CHUNK));

/** Tiles in registers, without workgroup memory. */
export const registerTiles: LinearTiles = {
  forward(device, { R, O, experts }, parts) {
    const lanes = lanesOf(device);
    const { rows } = chooseTile(lanes, R, O, experts);
    const BLOCKS = rows / lanes.count;
    return {
      code: unroll(lanes.code + parts.rows + codeOf("linear.forward.register") + parts.end, {
        LANES: lanes.count,
        BLOCKS,
        LATER: BLOCKS - 1,
        AHEAD: 2 * lanes.count * (BLOCKS - 1),
        WITHIN: 2 * (lanes.count - 1),
        ...parts.constants,
      }),
      constants: { WX: lanes.WX, WY: lanes.WY, ...parts.overrides },
      columns: TILE_COLUMNS * lanes.WX,
      rows: rows * lanes.WY,
    };
  },

  backward(device, shape, parts) {
    const lanes = lanesOf(device);
    const { rows } = chooseTile(lanes, shape.R, shape.I, shape.experts);
    const BLOCKS = rows / lanes.count;
    const OUTPUTS = weightTile(device, shape).rows / 4;
    return {
      code: unroll(lanes.code + parts.rows + codeOf("linear.backward.register"), {
        LANES: lanes.count,
        BLOCKS,
        AHEAD: 2 * lanes.count * (BLOCKS - 1),
        WITHIN: 2 * (lanes.count - 1),
        OUTPUTS,
        SUMS: 8 * OUTPUTS,
        AFTER: 8 * OUTPUTS - 8,
        OWN: 4 / lanes.count,
        SHARED: lanes.count === 4 ? 1 : 0,
        ...parts.constants,
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
