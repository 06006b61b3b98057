import { attentionForward } from "../layers/attention.ts";
import { attentionShape } from "../policy/block-attention.ts";
import {
  rowRangeIn,
  type BatchCounts,
  countsOf,
  packBatch,
  PACKED_ARRAYS,
  packedBatchBuffers,
} from "../policy/packed-batch.ts";
import type { Prompts } from "./decoder.ts";
import { type DecoderState, layerPass } from "./layer-pass.ts";
import { broadcastPrompt } from "./broadcast-prompt.ts";

/** Prompts of P columns, each of G consecutive rows of B. */
export interface PromptShape {
  B: number;
  P: number;
  G: number;
}

/**
 * All columns of the prompts but the last, each prompt once; their keys and values go to the cache of
 * each of its completions.
 */
export async function promptPass(state: DecoderState, { B, P, G }: PromptShape) {
  const { arena, buffer, stride, capacity, parts } = state;
  const { device } = state.gpu;
  const lead = P - 1;
  const shape = { B: B / G, T: lead, head: lead };
  const packed = packedBatchBuffers(device, arena, shape, "rollout", "decoder prompt ");
  const R = shape.B * lead;
  const own = buffer("prompt keys and values", R * 2 * stride.keyValue);
  const stats = buffer("prompt stats", R * state.shape.heads * 2);
  // What only pictures need comes with the first policy that sees them.
  const pictures = state.shape.visionTensors
    ? await (
        await import("../policy/vision/lookers.ts")
      ).promptPictures(state.gpu, state.shape, shape.B)
    : null;
  const [attention, broadcast] = await Promise.all([
    attentionForward(device, attentionShape(state.shape, shape.B, lead)),
    broadcastPrompt(state.gpu, { G, P: lead, capacity, width: 2 * stride.keyValue }),
  ]);
  const { tokens, positions, spans } = packed;
  const counts: BatchCounts = { tokens: R, scored: 0, longest: lead };
  const rowRange = rowRangeIn(packed.rowRanges, 0, () => counts.tokens);
  const { run, routing } = await layerPass(
    state,
    "prompt ",
    R,
    { tokens, positions, rowRange, embedder: pictures?.embedder },
    [R],
    (cache) => [
      {
        kv: own,
        rowRange,
        run: ({ q, o }, options) => [
          attention({ q, kv: own, spans, longest: () => counts.longest, o, stats, ...options }),
          ...parts.map((part, i) => broadcast({ kv: own, prompts: spans, cache: cache[i]! }, part)),
        ],
      },
    ],
  );
  return {
    run,
    /** Null for a policy without a mixture. */
    routing,
    write(prompts: Prompts): void {
      const { promptTokens, start } = prompts;
      pictures?.load(prompts);
      const tokens = new Uint32Array(shape.B * lead);
      for (let prompt = 0; prompt < shape.B; prompt++) {
        const from = prompt * P;
        tokens.set(promptTokens.subarray(from, from + lead), prompt * lead);
      }
      const batch = packBatch(shape, { tokens, start, end: null });
      Object.assign(counts, countsOf(batch));
      for (const name of PACKED_ARRAYS) device.queue.writeBuffer(packed[name], 0, batch[name]);
    },
  };
}
