import code from "../../../shaders/rollout/decode-attention.wgsl?raw";
import { uniformOf } from "../gpu/buffers.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { unroll } from "../gpu/unroll.ts";
import type { AttentionShape } from "../layers/attention.ts";

const WORKGROUP = 16;

export interface DecodeAttentionBuffers {
  q: Binding; // (B, heads·head), rotated
  kv: Binding; // (rows, capacity, 2, kvHeads·head): keys, rotated, then values
  start: Binding; // (B) u32
  /** Rows that have ended are left out. */
  ended: Binding; // (B) u32
  /** Column of the query. */
  position: Binding; // (1) u32
  o: Binding; // (B, heads·head)
}

export interface DecodeAttentionShape extends Pick<
  AttentionShape,
  "heads" | "kvHeads" | "head" | "headDim"
> {
  /** Columns of the cache. */
  capacity: number;
}

/** Rows of the batch that one cache holds. */
export interface CachedRows {
  first: number;
  rows: number;
}

/** Attention of one new token per row over the cache. */
export async function decodeAttention(
  device: GPUDevice,
  { heads, kvHeads, head, headDim, capacity }: DecodeAttentionShape,
) {
  const kernel = await Kernel.create(device, {
    label: "decode-attention",
    code: unroll(code, { D4: head / 4 }),
    constants: { H: heads, KV: kvHeads, SCALE: 1 / Math.sqrt(headDim), WORKGROUP },
  });
  return (
    { q, kv, start, ended, position, o }: DecodeAttentionBuffers,
    { first, rows }: CachedRows,
  ): Dispatch =>
    kernel.bind(
      [
        ...[q, kv, start, ended, position, o],
        uniformOf(device, "decode-attention params", [first, rows, capacity]),
      ],
      Math.ceil((rows * heads) / WORKGROUP),
    );
}
