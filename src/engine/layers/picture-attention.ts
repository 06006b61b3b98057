import { uniformWith } from "../gpu/buffers.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { structOf } from "../gpu/struct.ts";
import { unroll } from "../gpu/unroll.ts";
import { codeOf } from "../shaders/vision.ts";
import type { AttentionShape } from "./attention.ts";
import { groups, WORKGROUP } from "./grid.ts";

/** Whose attention it is, and what of it is wanted. */
export interface PictureAttentionShape extends Pick<
  AttentionShape,
  "heads" | "kvHeads" | "head" | "headDim"
> {
  /** Tokens of a picture. */
  N: number;
}

export interface PictureAttentionBuffers {
  q: Binding; // (R, heads·head), rotated
  kv: Binding; // (R, 2, kvHeads·head): keys, rotated, then values
  /** What the forward pass saved: per query the log-sum-exp of its scores, and another number. */
  stats: Binding; // (R, heads, 2)
  /** Where each sequence lies among the R rows (shaders/lib/sequence-span.wgsl). */
  spans: Binding; // (B, 6) u32
  /** Uniform: the token of every sequence at which its picture begins. */
  begin: Binding; // (1) u32
  /** Shares of attention, which sum to 1: of each token of the picture, then of all others. */
  looks: Binding; // (layers, count, heads, N + 1)
}

/** The sequence, how many tokens of it are scored, and the layer whose place in `looks` is written. */
export interface Look {
  sequence: number;
  count: number;
  layer: number;
}

/** Where a sequence's scored tokens look, after a forward pass; it launches once, and frees its uniform. */
export async function pictureAttention(
  device: GPUDevice,
  { heads: H, kvHeads: KV, head, headDim, N }: PictureAttentionShape,
) {
  const label = "picture-attention";
  const code = unroll(codeOf(label), { D4: head / 4 });
  const constants = { H, KV, N, SCALE: 1 / Math.sqrt(headDim), WORKGROUP };
  const kernel = await Kernel.create(device, { label, code, constants });
  const struct = structOf(code, "Look");
  return (b: PictureAttentionBuffers, look: Look): { run: Dispatch; destroy(): void } => {
    const uniform = uniformWith(device, label, struct, { ...look });
    const buffers = [b.q, b.kv, b.stats, b.spans, b.begin, uniform, b.looks];
    return {
      run: kernel.bind(buffers, groups(look.count, WORKGROUP), H),
      destroy: () => uniform.destroy(),
    };
  };
}
