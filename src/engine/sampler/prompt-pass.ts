import { attentionForward } from "../layers/attention.ts";
import { attentionShape } from "../policy/block-attention.ts";
import {
  extentIn,
  type Filled,
  filledOf,
  layOutPlaces,
  PLACES,
  placesBuffers,
} from "../policy/places.ts";
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
  const laid = placesBuffers(device, arena, shape, "rollout", "decoder prompt ");
  const R = shape.B * lead;
  const own = buffer("prompt keys and values", R * 2 * stride.keyValue);
  const stats = buffer("prompt stats", R * state.shape.heads * 2);
  const [attention, broadcast] = await Promise.all([
    attentionForward(device, attentionShape(state.shape, shape.B, lead)),
    broadcastPrompt(device, { G, P: lead, capacity, width: 2 * stride.keyValue }),
  ]);
  const { tokens, places, rows } = laid;
  const filled: Filled = { places: R, scored: 0, longest: lead };
  const extent = extentIn(laid.extents, 0, () => filled.places);
  const { run } = await layerPass(state, "prompt ", R, { tokens, places, extent }, [R], (cache) => [
    {
      kv: own,
      extent,
      run: ({ q, o }) => [
        attention({ q, kv: own, rows, longest: () => filled.longest, o, stats }),
        ...parts.map((part, i) => broadcast({ kv: own, prompts: rows, cache: cache[i]! }, part)),
      ],
    },
  ]);
  return {
    run,
    write({ promptTokens, start }: Prompts): void {
      const tokens = new Uint32Array(shape.B * lead);
      for (let prompt = 0; prompt < shape.B; prompt++) {
        const from = prompt * P;
        tokens.set(promptTokens.subarray(from, from + lead), prompt * lead);
      }
      const batch = layOutPlaces(shape, { tokens, start, end: null });
      Object.assign(filled, filledOf(batch));
      for (const name of PLACES) device.queue.writeBuffer(laid[name], 0, batch[name]);
    },
  };
}
