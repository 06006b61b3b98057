import { codeOf, ends, rowsOf } from "../shaders/manifest.ts";
import type { Family } from "../gpu/family.ts";
import { constantsWith, type GpuContext } from "../gpu/context.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { structOf } from "../gpu/struct.ts";
import { type RowRange, groups, allRows } from "./grid.ts";
import {
  type LinearTiles,
  type ProductParts,
  type ProductShape,
  SHORTEST_CHUNK,
} from "./linear-tiles.ts";
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
  /** There is a bias; no when left out. */
  bias?: boolean;
  /** Rows lie expert by expert, each with a weight of its own; one weight for all when left out. */
  experts?: ExpertsShape | null;
}

/** R is then the most rows that one expert may have. */
export interface ExpertsShape {
  count: number;
  /** Rows of all experts together, at most. */
  slots: number;
  /** Floats from one expert's weight to the next one's; multiples of 4. */
  weightStride: number;
  /** The same of biases. */
  biasStride: number;
}

/** What normalises the input, where the shape has a `norm`. */
export interface Normalised {
  gain: Binding; // (I)
  rstd: Binding; // (R)
}

export interface LinearBuffers {
  x: Binding; // (R, I)
  weight: Binding; // (O, I)
  /** Where the shape has one: a range of the weight's buffer, behind the weight. The backward pass ignores it. */
  bias?: Binding | undefined; // (O)
  /** Null where the shape has no norm; its rstd is written. */
  norm: Normalised | null;
  /**
   * The rows that there are; all R when left out. The backward's first is 0. With experts: first and
   * end of each (experts, 4), and the most rows that one has.
   */
  rowRange?: RowRange;
}

// Both families have the same parameters.
const FORWARD = structOf(codeOf("linear.forward.register"), "Params");
const BACKWARD = structOf(codeOf("linear.backward.register"), "Params");

/** What a tile is chosen for: with experts, the rows that one has on average. */
const tiled = ({ R, I, O, experts }: LinearShape): ProductShape =>
  experts ? { R: groups(experts.slots, experts.count), I, O, experts: experts.count } : { R, I, O };

/** Which rows a product has, as WGSL and its constants. */
const rowsPart = ({ experts }: LinearShape): ProductParts =>
  experts
    ? { rows: rowsOf.byExpert, constants: { EXPERTS: experts.count } }
    : { rows: rowsOf.all, constants: {} };

const strides = ({ experts }: LinearShape) => ({
  weightStride: (experts?.weightStride ?? 0) / 4,
  biasStride: (experts?.biasStride ?? 0) / 4,
});

/** The weight with the bias behind it, and where that begins, in vec4s. */
function withBias({ weight, bias }: Pick<LinearBuffers, "weight" | "bias">) {
  if (!bias) return { weight, at: 0 };
  if (!("buffer" in weight) || !("buffer" in bias) || weight.buffer !== bias.buffer) {
    throw new Error("a weight and its bias are ranges of one buffer");
  }
  const [from, to] = [weight.offset ?? 0, bias.offset ?? 0];
  const size = to + bias.size! - from;
  return { weight: { buffer: weight.buffer, offset: from, size }, at: (to - from) / 16 };
}

/** The forward product with one of its ends; binds what all have, then the end's buffers. */
async function forward(
  gpu: GpuContext,
  shape: LinearShape,
  [name, end]: readonly [string, string],
  distance: number,
  overrides: Record<string, number> = {},
) {
  const { device, matmul } = gpu;
  const part = rowsPart(shape);
  const flags = { NORM: shape.norm ? 1 : 0, BIAS: shape.bias ? 1 : 0 };
  const { code, constants, columns, rows } = tilesOf[matmul].forward(device, tiled(shape), {
    ...{ rows: part.rows, end, overrides },
    constants: { ...part.constants, ...flags },
  });
  const kernel = await Kernel.create(device, { label: `linear.forward${name}`, code, constants });
  const x = groups(shape.O, columns);
  const y = groups(shape.R, rows);
  const z = shape.experts?.count ?? 1;
  const made = new Map<string, GPUBuffer>();
  const params = (bias: number, add: number): GPUBuffer => {
    const key = `${bias} ${add}`;
    const { I, O, norm } = shape;
    const own = { I4: I / 4, O4: O / 4, width: norm?.C ?? 1, eps: norm?.eps ?? 0 };
    const values = { ...own, ...strides(shape), distance, bias, add };
    const buffer = made.get(key) ?? constantsWith(gpu, "linear params", FORWARD, values);
    made.set(key, buffer);
    return buffer;
  };
  return (b: LinearBuffers, add: 0 | 1, ...ends: Binding[]): Dispatch => {
    if (Boolean(b.bias) !== Boolean(shape.bias)) throw new Error("a bias is in shape and buffers");
    const norm = [b.norm?.gain ?? null, b.norm?.rstd ?? null];
    const rowRange = b.rowRange ?? allRows(device, shape.R);
    const { weight, at } = withBias(b);
    const buffers = [b.x, weight, params(at, add), ...norm, rowRange.binding, ...ends];
    return kernel.bind(buffers, x, y, z, () => [x, groups(rowRange.rows(), rows), z]);
  };
}

/** y = x · weightᵀ (+ bias) (+ residual). */
export async function linearForward(gpu: GpuContext, shape: LinearShape) {
  const bind = await forward(gpu, shape, ["", ends.intoStream], 1);
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
    bind(b, residual ? 1 : 0, residual ?? b.x, y);
}

/**
 * h of gate and up: silu(gate) · up, or gpt-oss's (shaders/lib/linear.into-clamped.wgsl).
 */
export type Gate = "swiglu" | "clamped";

const gateEnds = {
  swiglu: ["-swiglu", ends.intoSwiglu],
  clamped: ["-clamped", ends.intoClamped],
} as const satisfies Record<Gate, readonly [string, string]>;

/** gateUp = x · weightᵀ (+ bias) and h of it, of R rows of O = 2·F. */
export async function gateUpForward(gpu: GpuContext, shape: LinearShape, gate: Gate = "swiglu") {
  const bind = await forward(gpu, shape, gateEnds[gate], shape.O / 8);
  return ({
    gateUp,
    h,
    ...b
  }: LinearBuffers & {
    gateUp: Binding; // (R, 2·F): gate, then up
    h: Binding; // (R, F)
  }): Dispatch => bind(b, 0, gateUp, h);
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
  const bind = await forward(gpu, whole, ["-rotary", ends.intoRotary], head / 8, {
    H: heads,
    KV: kvHeads,
  });
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
  }): Dispatch => bind(b, 0, angles, positions, q, kv);
}

/** Chunks of rows, each with its partial sum: enough to occupy the device. */
function chunks({ device, matmul }: GpuContext, shape: LinearShape): number {
  if (shape.experts) return 1;
  const wanted = tilesOf[matmul].copies(device, tiled(shape));
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

/** Both backward products; `gate`: the input's gradient goes on into gate and up, or null. */
async function backward(gpu: GpuContext, shape: LinearShape, gate: Gate | null) {
  const { device, matmul } = gpu;
  const { R, I, O } = shape;
  const part = rowsPart(shape);
  const tiles = tilesOf[matmul].backward(device, tiled(shape), {
    rows: part.rows,
    constants: { ...part.constants, CLAMPED: gate === "clamped" ? 1 : 0 },
  });
  const { code, constants, columns, rows, outputs } = tiles;
  const z = shape.experts?.count ?? 1;
  const S = chunks(gpu, shape);
  const tall = groups(O, outputs);
  const add = linearPartials(gpu, shape) === 0 ? 1 : 0;
  const params = constantsWith(gpu, "linear params", BACKWARD, {
    ...{ I4: I / 4, O4: O / 4, add, norm: shape.norm ? 1 : 0, tall, chunks: S },
    ...strides(shape),
    gated: gate ? 1 : 0,
  });
  const kernel = await Kernel.create(device, { label: "linear.backward", code, constants });
  return (b: LinearGradients, gateUp: Binding, dx: Binding): Dispatch => {
    const { dy, x, weight, dweight, norm, rowRange = allRows(device, R) } = b;
    const high = (r: number) => tall * S + groups(r, rows);
    // What is not read has x in its place.
    const normed = [norm?.gain ?? x, norm?.rstd ?? x];
    const buffers = [dy, x, weight, params, dweight, rowRange.binding, ...normed, gateUp, dx];
    const wide = groups(I, columns);
    return kernel.bind(buffers, wide, high(R), z, () => [wide, high(rowRange.rows()), z]);
  };
}

/** dweight (+)= dyᵀ · n and dx = dy · weight: with a norm, the gradient of the normalised input. */
export async function linearBackward(gpu: GpuContext, shape: LinearShape) {
  const bind = await backward(gpu, shape, null);
  return ({
    dx,
    ...b
  }: LinearGradients & {
    dx: Binding; // (R, I), overwritten
  }): Dispatch => bind(b, b.x, dx);
}

/** The same for a linear whose input is h of gate and up, on into both. */
export async function downBackward(gpu: GpuContext, shape: LinearShape, gate: Gate = "swiglu") {
  const bind = await backward(gpu, shape, gate);
  return ({
    gateUp,
    dgateUp,
    ...b
  }: LinearGradients & {
    gateUp: Binding; // (R, 2·I): gate, then up
    dgateUp: Binding; // (R, 2·I), overwritten
  }): Dispatch => bind(b, gateUp, dgateUp);
}
