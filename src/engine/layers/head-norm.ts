import { codeOf, type KernelName } from "../shaders/architectures.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { unroll } from "../gpu/unroll.ts";
import { type RowRange, groups, WORKGROUP } from "./grid.ts";
import type { HeadsShape } from "./linear.ts";
import { vectorPartials } from "./vector-partials.ts";

/** At most R rows of (heads + 2·kvHeads) heads. */
export interface HeadNormShape extends HeadsShape {
  R: number;
  /** Numbers of a head that count. */
  headDim: number;
  eps: number;
}

interface HeadNormBuffers {
  x: Binding; // (R, (heads + 2·kvHeads)·head): queries, keys, values
  queryGain: Binding; // (head)
  keyGain: Binding; // (head)
  rstd: Binding; // (R, heads + kvHeads)
  /** The rows that there are. */
  rowRange: RowRange;
}

export interface HeadNormForward extends HeadNormBuffers {
  angles: Binding; // (columns, head), see rotaryAngles
  positions: Binding; // (R, 2) u32, see queryKeyValueForward
  q: Binding; // (R, heads·head)
  kv: Binding; // (…, 2, kvHeads·head)
}

export interface HeadNormGradients extends HeadNormBuffers {
  dn: Binding; // (R, (heads + 2·kvHeads)·head), before rotation
  dx: Binding; // as dn, overwritten
  queryPartial: Binding; // (S, head), see vectorPartials
  keyPartial: Binding; // (S, head)
}

function specOf(name: KernelName, shape: HeadNormShape, halves: object, own: object) {
  const { heads, kvHeads, head, headDim } = shape;
  return {
    label: name,
    code: unroll(codeOf(name), { D4: head / 4, ...halves }),
    constants: { H: heads, KV: kvHeads, WIDTH: headDim, WORKGROUP, ...own },
  };
}

/** Queries and keys, normalised and turned, and values, into q and their rows of kv. */
export async function headNormForward(device: GPUDevice, shape: HeadNormShape) {
  const { R, heads, kvHeads, head, eps } = shape;
  const spec = specOf("head-norm.forward", shape, { D8: head / 8 }, { EPS: eps });
  const kernel = await Kernel.create(device, spec);
  const grid = (rows: number) => groups(rows * (heads + 2 * kvHeads), WORKGROUP);
  return (b: HeadNormForward): Dispatch => {
    const { x, queryGain, keyGain, angles, positions, rstd, q, kv, rowRange } = b;
    const buffers = [x, queryGain, keyGain, angles, positions, rstd, q, kv, rowRange.binding];
    return kernel.bind(buffers, grid(R), 1, 1, () => [grid(rowRange.rows())]);
  };
}

/** dx from dn, and partial sums of both gains' gradients. */
export async function headNormBackward(device: GPUDevice, shape: HeadNormShape) {
  const { R, heads, kvHeads, head } = shape;
  const S = vectorPartials(shape);
  const kernel = await Kernel.create(device, specOf("head-norm.backward", shape, {}, { S }));
  const grid = (rows: number) =>
    groups(rows * (heads + 2 * kvHeads), WORKGROUP) + groups((S * head) / 2, WORKGROUP);
  return (b: HeadNormGradients): Dispatch => {
    const { x, queryGain, keyGain, rstd, dn, dx, queryPartial, keyPartial, rowRange } = b;
    const gains = [x, queryGain, keyGain, rstd, dn, dx, queryPartial, keyPartial];
    return kernel.bind([...gains, rowRange.binding], grid(R), 1, 1, () => [grid(rowRange.rows())]);
  };
}
