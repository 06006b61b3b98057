import { uniformOf } from "../gpu/buffers.ts";
import type { GpuContext } from "../gpu/context.ts";
import { codeOf, type KernelName } from "../shaders/manifest.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { unroll } from "../gpu/unroll.ts";
import { groups, WORKGROUP } from "./grid.ts";
import { lanesOf } from "./tile.ts";

export interface AttentionShape {
  B: number;
  /** Tokens of the longest row. */
  T: number;
  heads: number;
  kvHeads: number;
  /** Numbers of a head in the buffers (strides().head). */
  head: number;
  /** Numbers of a head that count: scores are divided by its square root. */
  headDim: number;
  /** A layer may have a window; no when left out. */
  windowed?: boolean;
  /** Each head has a sink in its softmax; no when left out. */
  sinks?: boolean;
  /** Sequences have tails (shaders/lib/sequence-span.wgsl); no when left out. */
  tail?: boolean;
}

/** What a layer's attention has where the shape says so. */
export interface AttentionOptions {
  /** Uniform: tokens that a query sees, itself included. */
  window?: Binding | undefined; // (1) u32
  sinks?: Binding | undefined; // (heads)
}

/** AttentionOptions.window: null for a layer without one among layers that have; the context owns it. */
export function windowOf(
  { device, arena }: Pick<GpuContext, "device" | "arena">,
  tokens: number | null,
) {
  const window = uniformOf(device, "window", [tokens ?? 0xffffffff]);
  return arena?.own(window) ?? window;
}

/** Flags of the forward kernels. */
export const attentionFlags = ({
  windowed,
  sinks,
}: Pick<AttentionShape, "windowed" | "sinks">) => ({
  WINDOWED: windowed ? 1 : 0,
  SINKS: sinks ? 1 : 0,
});

export interface AttentionBuffers extends AttentionOptions {
  q: Binding; // (R, heads·head), rotated
  kv: Binding; // (R, 2, kvHeads·head): keys, rotated, then values
  /** Where each sequence lies among the R rows (shaders/lib/sequence-span.wgsl). */
  spans: Binding; // (B, 5) u32
  /** Tokens of the longest row when it is launched; T when left out. */
  longest?: () => number;
  o: Binding; // (R, heads·head)
  /** Per query: log-sum-exp of its scores, and a number of the backward pass. */
  stats: Binding; // (R, heads, 2)
}

export interface AttentionGradients extends AttentionBuffers {
  dO: Binding; // (R, heads·head)
  angles: Binding; // (T, head), see rotaryAngles
  /** Before rotation: queries, keys, values. */
  dqkv: Binding; // (R, (heads + 2·kvHeads)·head), overwritten
}

const constants = ({ heads, kvHeads, headDim }: AttentionShape) => ({
  H: heads,
  KV: kvHeads,
  SCALE: 1 / Math.sqrt(headDim),
  WORKGROUP,
});

/** The kernel for that shape; `written`: what else its loops count to. */
function specOf(device: GPUDevice, name: KernelName, shape: AttentionShape, written = {}) {
  const lanes = lanesOf(device);
  const code = unroll(lanes.code + codeOf(name), {
    D4: shape.head / 4,
    LANES: lanes.count,
    TAIL: shape.tail ? 1 : 0,
    ...written,
  });
  return { label: name, code, constants: constants(shape) };
}

/** o = softmax(q · kᵀ / √headDim) · v over its row up to t; memory grows with T, not T². */
export async function attentionForward(device: GPUDevice, shape: AttentionShape) {
  const flags = attentionFlags(shape);
  const kernel = await Kernel.create(device, specOf(device, "attention.forward", shape, flags));
  const { B, T, heads } = shape;
  return ({ q, kv, spans, o, stats, longest = () => T, ...b }: AttentionBuffers): Dispatch => {
    const buffers = [q, kv, spans, o, stats, b.window ?? null, b.sinks ?? null];
    return kernel.bind(buffers, groups(T, WORKGROUP), heads, B, () => [
      groups(longest(), WORKGROUP),
      heads,
      B,
    ]);
  };
}

/** dqkv from dO, through the rotary positions; the probabilities are computed again. */
export async function attentionBackward(device: GPUDevice, shape: AttentionShape) {
  const D8 = { D8: shape.head / 8, WINDOWED: shape.windowed ? 1 : 0 };
  const [intoQ, intoKv] = await Promise.all([
    Kernel.create(device, specOf(device, "attention.backward-q", shape, D8)),
    Kernel.create(device, specOf(device, "attention.backward-kv", shape, D8)),
  ]);
  const { B, T, heads, kvHeads } = shape;
  const columns = groups(T, WORKGROUP);
  return (b: AttentionGradients): Dispatch => {
    const { q, kv, spans, o, stats, dO, angles, dqkv, longest = () => T, window = null } = b;
    const now = (rowHeads: number) => () => [groups(longest(), WORKGROUP), rowHeads, B] as const;
    const ofQ = [q, kv, o, dO, spans, angles, stats, dqkv, window];
    const ofKv = [q, kv, dO, spans, angles, stats, dqkv, window];
    const intoDq = intoQ.bind(ofQ, columns, heads, B, now(heads));
    const intoDkv = intoKv.bind(ofKv, columns, kvHeads, B, now(kvHeads));
    return (pass) => {
      intoDq(pass);
      intoDkv(pass);
    };
  };
}
