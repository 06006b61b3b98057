import { rowRangeBuffer } from "../gpu/buffers.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { linearForward } from "../layers/linear.ts";
import { RANGE_STRIDE, rowRangeIn } from "../policy/packed-batch.ts";
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
  lastColumn: GPUBuffer; // (1) u32
}

/** One token of every row that has not ended: the layers, the logits, the sample. */
export async function tokenPass(
  state: DecoderState,
  { B, P, V }: { B: number; P: number; V: number },
  rollout: RolloutBuffers,
) {
  const { gpu, arena, buffer, stride, norm, heads, weights, capacity, parts } = state;
  const { device } = gpu;
  const rowRanges = arena.own(
    rowRangeBuffer(device, "decoder rowRanges", RANGE_STRIDE * (1 + parts.length)),
  );
  const all = rowRangeIn(rowRanges, 0, () => B);
  const tokens = buffer("pass tokens", B);
  const live = buffer("pass live", B);
  const positions = buffer("pass positions", 2 * B);
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
    { tokens, positions, rowRange: all },
    parts.map(({ rows }) => rows),
    (cache) =>
      parts.map(({ rows }, i) => {
        const [kv, rowRange] = [cache[i]!, rowRangeIn(rowRanges, 1 + i, () => rows)];
        return {
          kv,
          rowRange,
          run: ({ q, o }, options) => [
            attention({ q, positions, o, kv, rowRange: rowRange.binding, ...options }, rows),
          ],
        };
      }),
  );
  const { routing } = layers;
  const kept =
    routing &&
    (await (
      await import("./sampled-routes.ts")
    ).keepRoutes(state, routing, B, { live, positions, rowRange: all }));
  const { lastColumn, start, ended, next } = rollout;
  const run: Dispatch[] = [
    pack({ lastColumn, start, ended, next, tokens, live, positions, rowRanges }),
    ...layers.run,
    ...(kept ? [kept.run] : []),
    intoLogits({
      x: layers.x,
      norm: { gain: weights.norm, rstd: layers.rstd },
      weight: weights.head,
      rowRange: all,
      y: logits,
      residual: null,
    }),
    sampler.bind({ ...rollout, logits, live, rowRange: all.binding }),
  ];
  return {
    run,
    logits,
    kept: kept && { ...kept, routing },
    configure: sampler.configure,
    destroy: sampler.destroy,
  };
}
