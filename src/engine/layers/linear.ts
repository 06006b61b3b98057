import { codeOf, ends } from "../shaders/manifest.ts";
import type { Family } from "../gpu/family.ts";
import { constantsWith, type GpuContext } from "../gpu/context.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { structOf } from "../gpu/struct.ts";
import { type RowRange, groups, allRows } from "./grid.ts";
import { type LinearTiles, SHORTEST_CHUNK } from "./linear-tiles.ts";
import { registerTiles } from "./register-tiles.ts";
import { workgroupTiles } from "./workgroup-tiles.ts";

const tilesOf: Readonly<Record<Family, LinearTiles>> = {
  register: registerTiles,
  workgroup: workgroupTiles,
};

/** At most R rows, I inputs, O outputs; I and O multiples of 4. */
export interface LinearShape {
  R: number;
  I: number;
  O: number;
  /** The input is RMS-normalised first; null or left out: it is taken as it is. */
  norm?: { C: number; eps: number } | null;
}

/** What normalises the input, where the shape has a `norm`. */
export interface Normalised {
  gain: Binding; // (I)
  rstd: Binding; // (R)
}

export interface LinearBuffers {
  x: Binding; // (R, I)
  weight: Binding; // (O, I)
  /** Null where the shape has no norm; its rstd is written. */
  norm: Normalised | null;
  /** The rows that there are; all R when left out. The backward's first is 0. */
  rowRange?: RowRange;
}

// Both families have the same parameters.
const FORWARD = structOf(codeOf("linear.forward.register"), "Params");
const BACKWARD = structOf(codeOf("linear.backward.register"), "Params");

function forwardParams(
  gpu: GpuContext,
  { I, O, norm }: LinearShape,
  distance: number,
  add: boolean,
): GPUBuffer {
  const shape = { I4: I / 4, O4: O / 4, width: norm?.C ?? 1, eps: norm?.eps ?? 0 };
  return constantsWith(gpu, "linear params", FORWARD, { ...shape, distance, add: Number(add) });
}

/** The forward product with one of its ends; binds x, weight, params, gain, rstd and rowRange, then the end's. */
async function forward(
  { device, matmul }: GpuContext,
  shape: LinearShape,
  [name, end]: readonly [string, string],
  given: Record<string, number> = {},
) {
  const norm = Boolean(shape.norm);
  const { code, constants, columns, rows } = tilesOf[matmul].forward(
    device,
    shape,
    norm,
    end,
    given,
  );
  const kernel = await Kernel.create(device, { label: `linear.forward${name}`, code, constants });
  const x = groups(shape.O, columns);
  const y = groups(shape.R, rows);
  return (b: LinearBuffers, params: GPUBuffer, ...ends: Binding[]): Dispatch => {
    const norm = [b.norm?.gain ?? null, b.norm?.rstd ?? null];
    const rowRange = b.rowRange ?? allRows(device, shape.R);
    const buffers = [b.x, b.weight, params, ...norm, rowRange.binding, ...ends];
    return kernel.bind(buffers, x, y, 1, () => [x, groups(rowRange.rows(), rows)]);
  };
}

/** y = x · weightᵀ (+ residual). */
export async function linearForward(gpu: GpuContext, shape: LinearShape) {
  const bind = await forward(gpu, shape, ["", ends.intoStream]);
  const plain = forwardParams(gpu, shape, 1, false);
  const adding = forwardParams(gpu, shape, 1, true);
  return ({
    y,
    residual,
    ...b
  }: LinearBuffers & {
    y: Binding; // (R, O)
    /** Added to the product, or null. */
    residual: Binding | null; // (R, O)
  }): Dispatch =>
    // Without a residual that binding is never read; x stands in for it.
    bind(b, residual ? adding : plain, residual ?? b.x, y);
}

/** gateUp = x · weightᵀ and h = silu(gate) · up, of R rows of O = 2·F. */
export async function gateUpForward(gpu: GpuContext, shape: LinearShape) {
  const bind = await forward(gpu, shape, ["-swiglu", ends.intoSwiglu]);
  const params = forwardParams(gpu, shape, shape.O / 8, false);
  return ({
    gateUp,
    h,
    ...b
  }: LinearBuffers & {
    gateUp: Binding; // (R, 2·F): gate, then up
    h: Binding; // (R, F)
  }): Dispatch => bind(b, params, gateUp, h);
}

/** Heads of `head` numbers: two halves, each padded to a whole vec4 (strides().head). */
export interface HeadsShape {
  heads: number;
  kvHeads: number;
  head: number;
}

/** x · weightᵀ as queries and as keys and values in their rows, with rotary positions. */
export async function queryKeyValueForward(
  gpu: GpuContext,
  shape: Omit<LinearShape, "O">,
  { heads, kvHeads, head }: HeadsShape,
) {
  const whole = { ...shape, O: (heads + 2 * kvHeads) * head };
  const bind = await forward(gpu, whole, ["-rotary", ends.intoRotary], {
    H: heads,
    KV: kvHeads,
  });
  const params = forwardParams(gpu, whole, head / 8, false);
  return ({
    angles,
    positions,
    q,
    kv,
    ...b
  }: LinearBuffers & {
    angles: Binding; // (columns, head), see rotaryAngles
    /** Of each row its token's number in its sequence, and the row of kv that it writes. */
    positions: Binding; // (R, 2) u32
    q: Binding; // (R, heads·head)
    kv: Binding; // (…, 2, kvHeads·head)
  }): Dispatch => bind(b, params, angles, positions, q, kv);
}

/** Chunks of rows, each with its partial sum: enough to occupy the device. */
function chunks({ device, matmul }: GpuContext, shape: LinearShape): number {
  const wanted = tilesOf[matmul].copies(device, shape);
  return Math.min(groups(shape.R, SHORTEST_CHUNK), wanted);
}

/** Partial sums of the weight's gradient: 0 where one chunk holds all rows. */
export function linearPartials(gpu: GpuContext, shape: LinearShape): number {
  const S = chunks(gpu, shape);
  return S === 1 ? 0 : S;
}

export interface LinearGradients extends LinearBuffers {
  dy: Binding; // (R, O)
  /** The weight's gradient, accumulated, where linearPartials is 0; else its partial sums. */
  dweight: Binding; // (O, I) or (S, O, I)
}

/** Both backward products; `gated`: the input's gradient goes on into gate and up. */
async function backward(gpu: GpuContext, shape: LinearShape, gated: 0 | 1) {
  const { device, matmul } = gpu;
  const { R, I, O } = shape;
  const tiles = tilesOf[matmul].backward(device, shape);
  const { code, constants, columns, rows, outputs } = tiles;
  const S = chunks(gpu, shape);
  const tall = groups(O, outputs);
  const add = linearPartials(gpu, shape) === 0 ? 1 : 0;
  const params = constantsWith(gpu, "linear params", BACKWARD, {
    ...{ I4: I / 4, O4: O / 4, add, norm: shape.norm ? 1 : 0, gated, tall, chunks: S },
  });
  const kernel = await Kernel.create(device, { label: "linear.backward", code, constants });
  return (b: LinearGradients, gateUp: Binding, dx: Binding): Dispatch => {
    const { dy, x, weight, dweight, norm, rowRange = allRows(device, R) } = b;
    const high = (r: number) => tall * S + groups(r, rows);
    // What is not read has x in its place.
    const normed = [norm?.gain ?? x, norm?.rstd ?? x];
    const buffers = [dy, x, weight, params, dweight, ...normed, gateUp, dx, rowRange.binding];
    const wide = groups(I, columns);
    return kernel.bind(buffers, wide, high(R), 1, () => [wide, high(rowRange.rows())]);
  };
}

/** dweight (+)= dyᵀ · n and dx = dy · weight: with a norm, the gradient of the normalised input. */
export async function linearBackward(gpu: GpuContext, shape: LinearShape) {
  const bind = await backward(gpu, shape, 0);
  return ({
    dx,
    ...b
  }: LinearGradients & {
    dx: Binding; // (R, I), overwritten
  }): Dispatch => bind(b, b.x, dx);
}

/** The same for a linear whose input is h = silu(gate) · up, on into gate and up. */
export async function downBackward(gpu: GpuContext, shape: LinearShape) {
  const bind = await backward(gpu, shape, 1);
  return ({
    gateUp,
    dgateUp,
    ...b
  }: LinearGradients & {
    gateUp: Binding; // (R, 2·I): gate, then up
    dgateUp: Binding; // (R, 2·I), overwritten
  }): Dispatch => bind(b, gateUp, dgateUp);
}
