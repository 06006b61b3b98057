import { extentBuffer } from "../gpu/buffers.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { linearForward } from "../layers/linear.ts";
import { EXTENT, extentIn } from "../policy/places.ts";
import { decodeAttention } from "./decode-attention.ts";
import { type DecoderState, layerPass } from "./layer-pass.ts";
import { packRows } from "./pack-rows.ts";
import { sampleToken } from "./sample-token.ts";

/** What a rollout writes, and where it stands. */
export interface RolloutBuffers {
  tokens: GPUBuffer; // (B, capacity) u32
  logp: GPUBuffer; // (B, capacity − P)
  /** First real column of each row. */
  start: GPUBuffer; // (B) u32
  /** The newest token of each row. */
  next: GPUBuffer; // (B) u32
  ended: GPUBuffer; // (B) u32
  /** Column of the tokens before. */
  position: GPUBuffer; // (1) u32
}

/** One token of every row that has not ended: the layers, the logits, the sample. */
export async function tokenPass(
  state: DecoderState,
  { B, P, V }: { B: number; P: number; V: number },
  rollout: RolloutBuffers,
) {
  const { gpu, arena, buffer, stride, norm, heads, weights, capacity, parts } = state;
  const { device } = gpu;
  const extents = arena.own(extentBuffer(device, "decoder extents", EXTENT * (1 + parts.length)));
  const all = extentIn(extents, 0, () => B);
  const tokens = buffer("pass tokens", B);
  const live = buffer("pass live", B);
  const places = buffer("pass places", 2 * B);
  const logits = buffer("logits", B * stride.vocab);
  const [pack, attention, intoLogits, sampler] = await Promise.all([
    packRows(device, { B, capacity, parts }),
    decodeAttention(device, heads),
    linearForward(gpu, { R: B, I: stride.width, O: stride.vocab, norm }),
    sampleToken(device, { B, V, capacity, head: P }),
  ]);
  const layers = await layerPass(
    state,
    "",
    B,
    { tokens, places, extent: all },
    parts.map(({ rows }) => rows),
    (cache) =>
      parts.map(({ rows }, i) => {
        const [kv, extent] = [cache[i]!, extentIn(extents, 1 + i, () => rows)];
        return {
          kv,
          extent,
          run: ({ q, o }) => [attention({ q, places, o, kv, extent: extent.binding }, rows)],
        };
      }),
  );
  const { position, start, ended, next } = rollout;
  const run: Dispatch[] = [
    pack({ position, start, ended, next, tokens, live, places, extents }),
    ...layers.run,
    intoLogits({
      x: layers.x,
      norm: { gain: weights.norm, rstd: layers.rstd },
      weight: weights.head,
      extent: all,
      y: logits,
      residual: null,
    }),
    sampler.bind({ ...rollout, logits, live, extent: all.binding }),
  ];
  return { run, logits, configure: sampler.configure, destroy: sampler.destroy };
}
