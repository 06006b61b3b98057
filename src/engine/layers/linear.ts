import backwardWeightCode from "../../../shaders/policy/linear.backward-weight.wgsl?raw";
import backwardXCode from "../../../shaders/policy/linear.backward-x.wgsl?raw";
import forwardCode from "../../../shaders/policy/linear.forward.wgsl?raw";
import { uniformOf } from "../gpu/buffers.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { unroll } from "../gpu/unroll.ts";
import { groups } from "./grid.ts";
import { sumPartials } from "./sum-partials.ts";
import { chooseTile, WX, WY } from "./tile.ts";

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

/** y = x · weightᵀ (+ residual). */
export async function linearForward(device: GPUDevice, { R, I, O }: LinearShape) {
  const tile = chooseTile(device, R, O);
  const kernel = await Kernel.create(device, {
    label: "linear.forward",
    code: unroll(forwardCode, { ROWS: tile.rows, COLUMNS: tile.columns / 4 }),
    constants: { WX, WY },
  });
  const shape = [R, I / 4, O / 4];
  const plain = uniformOf(device, "linear params", [...shape, 0]);
  const adding = uniformOf(device, "linear params", [...shape, 1]);
  return ({ x, weight, y, residual }: LinearBuffers): Dispatch =>
    kernel.bind(
      // Without a residual that binding is never read; x stands in for it.
      [x, weight, residual ?? x, y, residual ? adding : plain],
      groups(O, WX * tile.columns),
      groups(R, WY * tile.rows),
    );
}

/** No partial sum of a weight's gradient is over fewer rows, unless there are fewer. */
const SHORTEST_CHUNK = 64;

const weightTile = (device: GPUDevice, { R, I, O }: LinearShape) =>
  chooseTile(device, O, I, groups(R, SHORTEST_CHUNK));

/** Rows per partial sum: chunks enough to occupy the device. */
function chunkRows(device: GPUDevice, shape: LinearShape): number {
  const tile = weightTile(device, shape);
  const tiles = groups(shape.O, tile.rows) * groups(shape.I, tile.columns);
  return groups(shape.R, Math.min(groups(shape.R, SHORTEST_CHUNK), groups(tile.enough, tiles)));
}

/** Numbers of scratch that the backward pass needs. */
export const linearPartials = (device: GPUDevice, shape: LinearShape): number =>
  groups(shape.R, chunkRows(device, shape)) * shape.I * shape.O;

/** dweight += dyᵀ · x, then dx = dy · weight. */
export async function linearBackward(device: GPUDevice, shape: LinearShape) {
  const { R, I, O } = shape;
  const chunk = chunkRows(device, shape);
  const S = groups(R, chunk);
  const xTile = chooseTile(device, R, I);
  const dweightTile = weightTile(device, shape);
  const [intoX, intoWeight, sum] = await Promise.all([
    Kernel.create(device, {
      label: "linear.backward-x",
      code: unroll(backwardXCode, { ROWS: xTile.rows, COLUMNS: xTile.columns / 4 }),
      constants: { WX, WY },
    }),
    Kernel.create(device, {
      label: "linear.backward-weight",
      code: unroll(backwardWeightCode, {
        OUTPUTS: dweightTile.rows / 4,
        COLUMNS: dweightTile.columns / 4,
      }),
      constants: { WX, WY },
    }),
    sumPartials(device, S, I * O),
  ]);
  const xParams = uniformOf(device, "linear params", [R, I / 4, O / 4]);
  const weightParams = uniformOf(device, "linear params", [R, I / 4, O / 4, chunk]);

  return ({ x, weight, dy, dx, dweight, partial }: LinearGradients): Dispatch => {
    const intoPartial = intoWeight.bind(
      [dy, x, partial, weightParams],
      groups(I, WX * dweightTile.columns),
      groups(O, WY * dweightTile.rows),
      S,
    );
    const intoDweight = sum({ partial, dweight });
    const intoDx = intoX.bind(
      [dy, weight, dx, xParams],
      groups(I, WX * xTile.columns),
      groups(R, WY * xTile.rows),
    );
    return (pass) => {
      intoPartial(pass);
      intoDweight(pass);
      intoDx(pass);
    };
  };
}
