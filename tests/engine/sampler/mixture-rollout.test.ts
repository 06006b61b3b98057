import { expect, test } from "vitest";
import { storageBufferOf } from "../../../src/engine/gpu/buffers.ts";
import { readFloats } from "../../../src/engine/gpu/readback.ts";
import {
  completionBatch,
  completionRectangle,
} from "../../../src/engine/policy/completion-batch.ts";
import { packBatch } from "../../../src/engine/policy/packed-batch.ts";
import { initialParameters } from "../../../src/engine/policy/parameters.ts";
import { createPolicy } from "../../../src/engine/policy/policy.ts";
import { NO_ROUTE } from "../../../src/engine/policy/routing.ts";
import type { PolicyShape } from "../../../src/engine/policy/shape.ts";
import { createDecoder } from "../../../src/engine/sampler/decoder.ts";
import { expectClose } from "../../support/numeric.ts";
import { run, withDevice, withRegisters } from "../../support/with-device.ts";

const common = {
  ...{ width: 20, heads: 2, kvHeads: 1, hidden: 28, vocab: 11, padTokenId: null },
  ...{ tied: false, rmsNormEps: 1e-6, ropeTheta: 10_000 },
};
const shapes: readonly PolicyShape[] = [
  {
    ...common,
    architecture: "qwen3_moe",
    ...{ layers: 3, mixture: { experts: 5, perToken: 2, hidden: 8, denseLayers: [1] } },
  },
  {
    ...common,
    architecture: "gpt_oss",
    ...{ layers: 2, slidingWindow: 3, mixture: { experts: 4, perToken: 2 } },
  },
];

test.each(
  shapes.flatMap((shape) => [
    { shape, name: shape.architecture, P: 5, start: [0, 2, 4] },
    { shape, name: shape.architecture, P: 1, start: [0, 0, 0] },
  ]),
)(
  "$name, prompts of $P: the sampler's log-probs and routes are those of the training forward",
  ({ shape, P, start }) =>
    withDevice(async (device) => {
      const [G, K, eos] = [2, 6, 4];
      const B = start.length * G;
      const params = storageBufferOf(device, "batch", "params", initialParameters(shape, 3));
      const promptTokens = Uint32Array.from({ length: start.length * P }, (_, i) => 3 + (i % 8));
      const gpu = withRegisters(device);
      // The cache in several parts: the rows of one are not the rows of the batch.
      const decoder = await createDecoder(gpu, shape, { B, P, K, G, cacheBytes: 2000 }, params);
      const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, generation: 0, eos, pad: 0 };
      const prompts = { promptTokens, start: Uint32Array.from(start) };
      // What another rollout leaves is not taken for this one's.
      await decoder.sample(prompts, { ...sampling, seed: 7, eos: null });
      const sampled = await decoder.sample(prompts, { ...sampling, seed: 2 });
      expect(new Set(sampled.length).size).toBeGreaterThan(1);

      const batch = completionBatch(shape, { B, P, K });
      expect(batch.T).toBe(P + K);
      const ofRow = (row: number) => promptTokens.subarray(Math.floor(row / G) * P).subarray(0, P);
      const tokens = Array.from({ length: B }, (_, row) => [
        ...ofRow(row),
        ...sampled.tokens.subarray(row * K, (row + 1) * K - 1),
      ]);
      const rectangle = completionRectangle(batch, {
        tokens: Uint32Array.from(tokens.flat()),
        start: Uint32Array.from({ length: B }, (_, row) => start[Math.floor(row / G)]!),
        ...{ length: sampled.length, targets: sampled.tokens },
      });
      const policy = await createPolicy(gpu, shape, batch, { params, dparams: null });
      policy.load(rectangle);
      device.queue.writeBuffer(policy.targets, 0, sampled.tokens);
      run(device, policy.forward);
      expectClose([...sampled.logp], [...(await readFloats(device, policy.logp))], { rtol: 1e-6 });

      const routing = policy.routing!;
      const [L, k] = [routing.layers.length, routing.plan.perToken];
      const bits = await readFloats(device, routing.chosen);
      const chosen = new Uint32Array(bits.buffer, bits.byteOffset, bits.length);
      const places = Uint32Array.from({ length: B * batch.T }, (_, i) => i);
      const packed = packBatch(batch, { ...rectangle, tokens: places });
      const expected = new Uint32Array(B * batch.T * L * k).fill(NO_ROUTE);
      packed.tokens.subarray(0, packed.rowRanges[1]).forEach((place, row) => {
        const [b, column] = [Math.floor(place / batch.T), place % batch.T];
        if (column === P + sampled.length[b]! - 1) return; // the sampler never read it
        for (let l = 0; l < L; l++) {
          const own = chosen.subarray(l * routing.stride + row * k).subarray(0, k);
          expected.set(own, (place * L + l) * k);
        }
      });
      expect([...sampled.routes!]).toEqual([...expected]);
      decoder.destroy();
      policy.destroy();
    }),
);
