import sharingBackwardKvCode from "../../../shaders/policy/attention.backward-kv-subgroup.wgsl?raw";
import backwardKvCode from "../../../shaders/policy/attention.backward-kv.wgsl?raw";
import sharingBackwardQCode from "../../../shaders/policy/attention.backward-q-subgroup.wgsl?raw";
import backwardQCode from "../../../shaders/policy/attention.backward-q.wgsl?raw";
import sharingForwardCode from "../../../shaders/policy/attention.forward-subgroup.wgsl?raw";
import forwardCode from "../../../shaders/policy/attention.forward.wgsl?raw";
import { sharesLoads } from "../gpu/adapter.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { unroll } from "../gpu/unroll.ts";
import { groups, WORKGROUP } from "./grid.ts";

export interface AttentionShape {
  B: number;
  T: number;
  heads: number;
  kvHeads: number;
  /** Numbers of a head in the buffers (strides().head). */
  head: number;
  /** Numbers of a head that count: scores are divided by its square root. */
  headDim: number;
  /** Columns of k and v in the forward pass; T when left out. */
  capacity?: number;
}

export interface AttentionBuffers {
  q: Binding; // (B, T, heads·head), rotated
  k: Binding; // (B, T, kvHeads·head), rotated
  v: Binding; // (B, T, kvHeads·head)
  /** First column that is not padding. */
  start: Binding; // (B) u32
  o: Binding; // (B, T, heads·head)
  /** Per query: log-sum-exp of its scores, and a number of the backward pass. */
  stats: Binding; // (B, heads, T, 2)
}

export interface AttentionGradients extends AttentionBuffers {
  dO: Binding; // (B, T, heads·head)
  dq: Binding; // (B, T, heads·head), overwritten
  dk: Binding; // (B, T, kvHeads·head), overwritten
  dv: Binding; // (B, T, kvHeads·head), overwritten
}

const constants = ({ T, heads, kvHeads, headDim }: AttentionShape) => ({
  T,
  H: heads,
  KV: kvHeads,
  SCALE: 1 / Math.sqrt(headDim),
  WORKGROUP,
});

const specialise = (device: GPUDevice, own: string, sharing: string, { head }: AttentionShape) =>
  sharesLoads(device) ? unroll(sharing, { D4: head / 4, LANES: 4 }) : unroll(own, { D4: head / 4 });

/** o = softmax(q · kᵀ / √headDim) · v over columns start … t; memory grows with T, not T². */
export async function attentionForward(device: GPUDevice, shape: AttentionShape) {
  const kernel = await Kernel.create(device, {
    label: "attention.forward",
    code: specialise(device, forwardCode, sharingForwardCode, shape),
    constants: { ...constants(shape), CAPACITY: shape.capacity ?? shape.T },
  });
  const { B, T, heads } = shape;
  return ({ q, k, v, start, o, stats }: AttentionBuffers): Dispatch =>
    kernel.bind([q, k, v, start, o, stats], groups(T, WORKGROUP), heads, B);
}

/** dq, dk and dv from dO; the probabilities are computed again. */
export async function attentionBackward(device: GPUDevice, shape: AttentionShape) {
  const [intoQ, intoKv] = await Promise.all([
    Kernel.create(device, {
      label: "attention.backward-q",
      code: specialise(device, backwardQCode, sharingBackwardQCode, shape),
      constants: constants(shape),
    }),
    Kernel.create(device, {
      label: "attention.backward-kv",
      code: specialise(device, backwardKvCode, sharingBackwardKvCode, shape),
      constants: constants(shape),
    }),
  ]);
  const { B, T, heads, kvHeads } = shape;
  return ({ q, k, v, start, o, stats, dO, dq, dk, dv }: AttentionGradients): Dispatch => {
    const intoDq = intoQ.bind([q, k, v, o, dO, start, stats, dq], groups(T, WORKGROUP), heads, B);
    const intoDkv = intoKv.bind(
      [q, k, v, dO, start, stats, dk, dv],
      groups(T, WORKGROUP),
      kvHeads,
      B,
    );
    return (pass) => {
      intoDq(pass);
      intoDkv(pass);
    };
  };
}
