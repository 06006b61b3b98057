import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { unroll } from "../gpu/unroll.ts";
import { codeOf, type KernelName } from "../shaders/vision.ts";
import { groups, WORKGROUP } from "./grid.ts";

/** M pictures of S tokens, each of which sees all of its picture. */
export interface FullAttentionShape {
  M: number;
  S: number;
  heads: number;
  /** Numbers of a head in the buffers, a multiple of 4. */
  head: number;
  /** Numbers of a head that count: scores are divided by its square root. */
  headDim: number;
}

interface FullAttentionBuffers {
  qkv: Binding; // (M, S, 3, heads·head): queries, keys, values
  o: Binding; // (M, S, heads·head)
  /** Per query: log-sum-exp of its scores, and a number of the backward pass. */
  stats: Binding; // (M, S, heads, 2)
}

export interface FullAttentionGradients extends FullAttentionBuffers {
  dO: Binding; // (M, S, heads·head)
  dqkv: Binding; // (M, S, 3, heads·head), overwritten
}

const specOf = (name: KernelName, { S, heads, head, headDim }: FullAttentionShape) => ({
  label: name,
  code: unroll(codeOf(name), { D4: head / 4 }),
  constants: { S, H: heads, SCALE: 1 / Math.sqrt(headDim), WORKGROUP },
});

/** o = softmax(q · kᵀ / √headDim) · v over all tokens of a picture. */
export async function fullAttentionForward(device: GPUDevice, shape: FullAttentionShape) {
  const kernel = await Kernel.create(device, specOf("full-attention.forward", shape));
  return ({ qkv, o, stats }: FullAttentionBuffers): Dispatch =>
    kernel.bind([qkv, o, stats], groups(shape.S, WORKGROUP), shape.heads, shape.M);
}

/** dqkv from dO; the probabilities are computed again. */
export async function fullAttentionBackward(device: GPUDevice, shape: FullAttentionShape) {
  const [intoQ, intoKv] = await Promise.all([
    Kernel.create(device, specOf("full-attention.backward-q", shape)),
    Kernel.create(device, specOf("full-attention.backward-kv", shape)),
  ]);
  const grid = [groups(shape.S, WORKGROUP), shape.heads, shape.M] as const;
  return ({ qkv, o, stats, dO, dqkv }: FullAttentionGradients): Dispatch => {
    const ofQ = intoQ.bind([qkv, o, dO, stats, dqkv], ...grid);
    const ofKv = intoKv.bind([qkv, dO, stats, dqkv], ...grid);
    return (pass) => {
      ofQ(pass);
      ofKv(pass);
    };
  };
}
