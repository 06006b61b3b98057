import { codeOf } from "../shaders/manifest.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { unroll } from "../gpu/unroll.ts";
import { groups } from "../layers/grid.ts";
import { attentionFlags, type AttentionOptions, type AttentionShape } from "../layers/attention.ts";

const WORKGROUP = 16;

export interface DecodeAttentionBuffers extends AttentionOptions {
  q: Binding; // (R, heads·head), rotated
  kv: Binding; // (…, 2, kvHeads·head): keys, rotated, then values
  /** Of each row its token's position in its sequence, and the row of kv that it wrote. */
  positions: Binding; // (R, 2) u32
  o: Binding; // (R, heads·head)
  /** Uniform: first and end of the rows whose sequences kv has. */
  rowRange: Binding; // (2) u32
}

export type DecodeAttentionShape = Omit<AttentionShape, "B" | "T">;

/** Attention of one new token per row over the cache, of at most `rows` rows. */
export async function decodeAttention(device: GPUDevice, shape: DecodeAttentionShape) {
  const { heads, kvHeads, head, headDim } = shape;
  const kernel = await Kernel.create(device, {
    label: "decode-attention",
    code: unroll(codeOf("decode-attention"), { D4: head / 4, ...attentionFlags(shape) }),
    constants: { H: heads, KV: kvHeads, SCALE: 1 / Math.sqrt(headDim), WORKGROUP },
  });
  return (b: DecodeAttentionBuffers, rows: number): Dispatch => {
    const { q, kv, positions, o, rowRange, window = null, sinks = null } = b;
    const buffers = [q, kv, positions, o, rowRange, window, sinks];
    return kernel.bind(buffers, groups(rows * heads, WORKGROUP));
  };
}
