import sharingBackwardWeightCode from "../../../shaders/policy/linear.backward-weight-subgroup.wgsl?raw";
import backwardWeightCode from "../../../shaders/policy/linear.backward-weight.wgsl?raw";
import sharingBackwardXCode from "../../../shaders/policy/linear.backward-x-subgroup.wgsl?raw";
import backwardXCode from "../../../shaders/policy/linear.backward-x.wgsl?raw";
import sharingForwardCode from "../../../shaders/policy/linear.forward-subgroup.wgsl?raw";
import forwardCode from "../../../shaders/policy/linear.forward.wgsl?raw";
import { uniformOf } from "../gpu/buffers.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { unroll } from "../gpu/unroll.ts";
import { groups } from "./grid.ts";
import { sumPartials } from "./sum-partials.ts";
import { chooseTile, occupancy, type Tile } from "./tile.ts";

/** R rows, I inputs, O outputs; I and O multiples of 4. */
export interface LinearShape {
  R: number;
  I: number;
  O: number;
}

export interface LinearBuffers {
  x: Binding; // (R, I)
  weight: Binding; // (O, I)
  y: Binding; // (R, O)
  /** Added to the product, or null. */
  residual: Binding | null; // (R, O)
}

export interface LinearGradients {
  x: Binding; // (R, I)
  weight: Binding; // (O, I)
  dy: Binding; // (R, O)
  dx: Binding; // (R, I), overwritten
  dweight: Binding; // (O, I), accumulated
  /** Scratch. */
  partial: Binding; // (S, O, I), see linearPartials
}

/** A product's kernel for this tile: rows × columns of outputs, from rows of the first operand. */
function compile(
  device: GPUDevice,
  name: string,
  [own, sharing]: readonly [string, string],
  tile: Tile,
) {
  const { rows, columns, WX, WY, lanes } = tile;
  return Kernel.create(device, {
    label: `linear.${name}`,
    code:
      lanes === 1
        ? unroll(own, { ROWS: rows, COLUMNS: columns / 4 })
        : unroll(sharing, { LANES: lanes, BLOCKS: rows / lanes, COLUMNS: columns / 4 }),
    constants: { WX, WY },
  });
}

/** Workgroups along x and y for that many outputs. */
const grid = ({ rows, columns, WX, WY }: Tile, R: number, C: number): [number, number] => [
  groups(C, WX * columns),
  groups(R, WY * rows),
];

/** y = x · weightᵀ (+ residual). */
export async function linearForward(device: GPUDevice, { R, I, O }: LinearShape) {
  const tile = chooseTile(device, R, O);
  const kernel = await compile(device, "forward", [forwardCode, sharingForwardCode], tile);
  const shape = [R, I / 4, O / 4];
  const plain = uniformOf(device, "linear params", [...shape, 0]);
  const adding = uniformOf(device, "linear params", [...shape, 1]);
  return ({ x, weight, y, residual }: LinearBuffers): Dispatch =>
    kernel.bind(
      // Without a residual that binding is never read; x stands in for it.
      [x, weight, residual ?? x, y, residual ? adding : plain],
      ...grid(tile, R, O),
    );
}

/** No partial sum of a weight's gradient is over fewer rows, unless there are fewer. */
const SHORTEST_CHUNK = 64;
/** Nor over more: what is added up in a row loses digits. */
const LONGEST_CHUNK = 1024;

const weightTile = (device: GPUDevice, { R, I, O }: LinearShape) =>
  chooseTile(device, O, I, groups(R, SHORTEST_CHUNK));

/** Rows per partial sum: chunks enough to occupy the device. */
function chunkRows(device: GPUDevice, shape: LinearShape): number {
  const tile = weightTile(device, shape);
  const tiles = groups(shape.O, tile.rows) * groups(shape.I, tile.columns);
  const wanted = Math.max(groups(occupancy(device), tiles), groups(shape.R, LONGEST_CHUNK));
  return groups(shape.R, Math.min(groups(shape.R, SHORTEST_CHUNK), wanted));
}

/** Numbers of scratch that the backward pass needs: none where one chunk holds all rows. */
export const linearPartials = (device: GPUDevice, shape: LinearShape): number => {
  const S = groups(shape.R, chunkRows(device, shape));
  return S === 1 ? 0 : S * shape.I * shape.O;
};

/** dweight += dyᵀ · x, then dx = dy · weight. */
export async function linearBackward(device: GPUDevice, shape: LinearShape) {
  const { R, I, O } = shape;
  const chunk = chunkRows(device, shape);
  const S = groups(R, chunk);
  const xTile = chooseTile(device, R, I);
  const tile = weightTile(device, shape);
  const [intoX, intoWeight, sum] = await Promise.all([
    compile(device, "backward-x", [backwardXCode, sharingBackwardXCode], xTile),
    Kernel.create(device, {
      label: "linear.backward-weight",
      code: unroll(tile.lanes === 1 ? backwardWeightCode : sharingBackwardWeightCode, {
        OUTPUTS: tile.rows / 4,
        COLUMNS: tile.columns / 4,
      }),
      constants: { WX: tile.WX, WY: tile.WY },
    }),
    S === 1 ? null : sumPartials(device, S, I * O),
  ]);
  const xParams = uniformOf(device, "linear params", [R, I / 4, O / 4]);
  const weightParams = uniformOf(device, "linear params", [R, I / 4, O / 4, chunk, sum ? 0 : 1]);

  return ({ x, weight, dy, dx, dweight, partial }: LinearGradients): Dispatch => {
    const intoPartial = intoWeight.bind(
      [dy, x, sum ? partial : dweight, weightParams],
      ...grid(tile, O, I),
      S,
    );
    const intoDweight = sum?.({ partial, dweight });
    const intoDx = intoX.bind([dy, weight, dx, xParams], ...grid(xTile, R, I));
    return (pass) => {
      intoPartial(pass);
      intoDweight?.(pass);
      intoDx(pass);
    };
  };
}
