import { readFloats } from "../engine/gpu/readback.ts";
import { createDecoder, type RolloutSampling } from "../engine/sampler/decoder.ts";
import type { Decode } from "./model.ts";

const greedy: RolloutSampling = {
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  seed: 0,
  generation: 0,
  eos: null,
  pad: 0,
};

/** The trainer's decoder over one set of weights, taking the most likely token. */
export const decode: Decode = async (gpu, shape, params) => ({
  async lastLogits(prefix, pictures) {
    const P = prefix.length;
    const decoder = await createDecoder(gpu, shape, { B: 1, P, K: 1 }, params);
    try {
      const prompts = { promptTokens: Uint32Array.from(prefix), start: Uint32Array.of(0) };
      await decoder.sample({ ...prompts, ...(pictures && { pictures }) }, greedy);
      return (await readFloats(gpu.device, decoder.logits)).subarray(0, shape.vocab);
    } finally {
      decoder.destroy();
    }
  },

  async greedy(prompts, start, newTokens) {
    const [B, P] = [prompts.length, prompts[0]!.length];
    const decoder = await createDecoder(gpu, shape, { B, P, K: newTokens }, params);
    try {
      const { tokens } = await decoder.sample(
        { promptTokens: Uint32Array.from(prompts.flat()), start: Uint32Array.from(start) },
        greedy,
      );
      return prompts.map((prompt, row) => [
        ...prompt,
        ...tokens.subarray(row * newTokens, (row + 1) * newTokens),
      ]);
    } finally {
      decoder.destroy();
    }
  },
});
