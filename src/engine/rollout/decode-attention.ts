import code from "../../../shaders/rollout/decode-attention.wgsl?raw";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { unroll } from "../gpu/unroll.ts";
import type { AttentionShape } from "../layers/attention.ts";

const WORKGROUP = 16;

export interface DecodeAttentionBuffers {
  q: Binding; // (B, heads·head), rotated
  kv: Binding; // (B, capacity, 2, kvHeads·head): keys, rotated, then values
  start: Binding; // (B) u32
  /** Rows that have ended are left out. */
  ended: Binding; // (B) u32
  /** Column of the query. */
  position: Binding; // (1) u32
  o: Binding; // (B, heads·head)
}

/** Attention of one new token per row over the cache. */
export async function decodeAttention(
  device: GPUDevice,
  { B, heads, kvHeads, head, headDim, capacity }: Omit<AttentionShape, "T"> & { capacity: number },
) {
  const kernel = await Kernel.create(device, {
    label: "decode-attention",
    code: unroll(code, { D4: head / 4 }),
    constants: {
      B,
      H: heads,
      KV: kvHeads,
      CAPACITY: capacity,
      SCALE: 1 / Math.sqrt(headDim),
      WORKGROUP,
    },
  });
  return ({ q, kv, start, ended, position, o }: DecodeAttentionBuffers): Dispatch =>
    kernel.bind([q, kv, start, ended, position, o], Math.ceil((B * heads) / WORKGROUP));
}
