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
}

export interface AttentionBuffers {
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
    ...written,
  });
  return { label: name, code, constants: constants(shape) };
}

/** o = softmax(q · kᵀ / √headDim) · v over its row up to t; memory grows with T, not T². */
export async function attentionForward(device: GPUDevice, shape: AttentionShape) {
  const kernel = await Kernel.create(device, specOf(device, "attention.forward", shape));
  const { B, T, heads } = shape;
  return ({ q, kv, spans, o, stats, longest = () => T }: AttentionBuffers): Dispatch =>
    kernel.bind([q, kv, spans, o, stats], groups(T, WORKGROUP), heads, B, () => [
      groups(longest(), WORKGROUP),
      heads,
      B,
    ]);
}

/** dqkv from dO, through the rotary positions; the probabilities are computed again. */
export async function attentionBackward(device: GPUDevice, shape: AttentionShape) {
  const D8 = { D8: shape.head / 8 };
  const [intoQ, intoKv] = await Promise.all([
    Kernel.create(device, specOf(device, "attention.backward-q", shape, D8)),
    Kernel.create(device, specOf(device, "attention.backward-kv", shape, D8)),
  ]);
  const { B, T, heads, kvHeads } = shape;
  const columns = groups(T, WORKGROUP);
  return (b: AttentionGradients): Dispatch => {
    const { q, kv, spans, o, stats, dO, angles, dqkv, longest = () => T } = b;
    const now = (rowHeads: number) => () => [groups(longest(), WORKGROUP), rowHeads, B] as const;
    const ofQ = [q, kv, o, dO, spans, angles, stats, dqkv];
    const ofKv = [q, kv, dO, spans, angles, stats, dqkv];
    const intoDq = intoQ.bind(ofQ, columns, heads, B, now(heads));
    const intoDkv = intoKv.bind(ofKv, columns, kvHeads, B, now(kvHeads));
    return (pass) => {
      intoDq(pass);
      intoDkv(pass);
    };
  };
}
