import { expect, test, vi } from "vitest";
import { storageBufferOf } from "../../../src/engine/gpu/buffers.ts";
import { readFloats } from "../../../src/engine/gpu/readback.ts";
import { initialParameters } from "../../../src/engine/policy/parameters.ts";
import { createPolicy } from "../../../src/engine/policy/policy.ts";
import type { PolicyShape } from "../../../src/engine/policy/shape.ts";
import { launchesOf } from "../../../src/cli/bench/launches.ts";
import { cacheParts } from "../../../src/engine/sampler/cache-parts.ts";
import { createDecoder } from "../../../src/engine/sampler/decoder.ts";
import { atPace } from "../../support/clock.ts";
import { expectClose } from "../../support/numeric.ts";
import { run, withDevice, withRegisters } from "../../support/with-device.ts";

const shape: PolicyShape = {
  layers: 2,
  width: 20,
  heads: 2,
  kvHeads: 1,
  hidden: 28,
  tied: false,
  rmsNormEps: 1e-6,
  ropeTheta: 10_000,
  vocab: 11,
  padTokenId: null,
};

test.each([
  ["prompts of unequal length", 5, [0, 2, 4, 1, 0]],
  ["prompts of one token", 1, [0, 0, 0, 0, 0]],
  ["prompts of two tokens", 2, [0, 1, 0, 1, 0]],
])("%s: the training forward gives the sampled tokens the sampler's log-probs", (_, P, start) =>
  withDevice(async (device) => {
    const [B, K] = [5, 6];
    const params = storageBufferOf(device, "batch", "params", initialParameters(shape, 3));
    const promptTokens = Uint32Array.from({ length: B * P }, (_, i) => 3 + ((i * 7) % 8));
    const decoder = await createDecoder(withRegisters(device), shape, { B, P, K }, params);
    const temperature = 0.8;
    const sampled = await decoder.sample(
      { promptTokens, start: Uint32Array.from(start) },
      { temperature, topK: 0, topP: 1, minP: 0, seed: 1, generation: 0, eos: null, pad: 0 },
    );

    const T = P + K - 1;
    const policy = await createPolicy(
      withRegisters(device),
      shape,
      { B, T, head: P - 1 },
      { params, dparams: null },
    );
    const rows = Array.from({ length: B }, (_, b) => [
      ...promptTokens.subarray(b * P, (b + 1) * P),
      ...sampled.tokens.subarray(b * K, (b + 1) * K),
    ]);
    policy.load({
      tokens: Uint32Array.from(rows.flatMap((row) => row.slice(0, -1))),
      start: Uint32Array.from(start),
      end: null,
    });
    device.queue.writeBuffer(policy.targets, 0, sampled.tokens);
    policy.setTemperature(temperature);
    run(device, policy.forward);
    expectClose([...sampled.logp], [...(await readFloats(device, policy.logp))], { rtol: 1e-6 });
    expect(new Set(sampled.tokens).size).toBeGreaterThan(3);
  }),
);

test("rows that end are padded and cost no log-probability; rows do not depend on their neighbours", () =>
  withDevice(async (device) => {
    const [P, K] = [3, 8];
    const params = storageBufferOf(device, "batch", "params", initialParameters(shape, 3));
    const sample = async (rows: number[][], firstRow: number) => {
      const decoder = await createDecoder(
        withRegisters(device),
        shape,
        { B: rows.length, P, K },
        params,
      );
      return decoder.sample(
        { promptTokens: Uint32Array.from(rows.flat()), start: new Uint32Array(rows.length) },
        {
          temperature: 1,
          topK: 0,
          topP: 1,
          minP: 0,
          seed: 1,
          generation: 0,
          eos: 1,
          pad: 0,
          firstRow,
        },
      );
    };
    const prompts = Array.from({ length: 24 }, (_, i) => [3 + (i % 8), 4, 5]);
    const all = await sample(prompts, 0);
    let ended = 0;
    for (let b = 0; b < prompts.length; b++) {
      const end = all.tokens.subarray(b * K, (b + 1) * K).indexOf(1);
      if (end < 0) continue;
      ended++;
      for (let c = end + 1; c < K; c++) {
        expect(all.tokens[b * K + c]).toBe(0);
        expect(all.logp[b * K + c]).toBe(0);
      }
    }
    expect(ended).toBeGreaterThan(3);
    const some = await sample(prompts.slice(9, 12), 9);
    expect([...some.tokens]).toEqual([...all.tokens.subarray(9 * K, 12 * K)]);
    expect([...some.logp]).toEqual([...all.logp.subarray(9 * K, 12 * K)]);
  }));

test("a rollout that takes several submissions ends when every row has ended, with the same bits", () =>
  withDevice(async (device) => {
    const [B, P, K] = [4, 2, 80];
    const params = storageBufferOf(device, "batch", "params", initialParameters(shape, 3));
    const decoder = await createDecoder(withRegisters(device), shape, { B, P, K }, params);
    const sample = async (eos: number | null) => {
      const dispatch = vi.spyOn(GPUComputePassEncoder.prototype, "dispatchWorkgroups");
      const sampled = await decoder.sample(
        {
          promptTokens: Uint32Array.from({ length: B * P }, (_, i) => 3 + i),
          start: new Uint32Array(B),
        },
        { temperature: 1, topK: 0, topP: 1, minP: 0, seed: 1, generation: 0, eos, pad: 0 },
      );
      const dispatches = dispatch.mock.calls.length;
      dispatch.mockRestore();
      return { sampled, dispatches };
    };
    const quick = await atPace(1e-4, async () => {
      for (let i = 0; i < 6; i++) await sample(null); // what it costs is learnt, and full rows left behind
      return sample(1);
    });
    const slow = await atPace(5000, async () => {
      await sample(null);
      return sample(1);
    });
    const lengths = Array.from({ length: B }, (_, b) =>
      slow.sampled.tokens.subarray(b * K, (b + 1) * K).indexOf(1),
    );
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...lengths)).toBeLessThan(K / 2);
    expect(slow.sampled).toEqual(quick.sampled);
    const perToken = launchesOf(decoder.passes.token).length;
    expect(quick.dispatches).toBeGreaterThan(K * perToken);
    expect(slow.dispatches).toBeLessThan((Math.max(...lengths) + 5) * perToken);
  }));

test("a cache in parts gives the same bits as a whole one", () =>
  withDevice(async (device) => {
    const [B, P, K, G] = [26, 4, 6, 2];
    const params = storageBufferOf(device, "batch", "params", initialParameters(shape, 3));
    const sample = async (cacheBytes: number) => {
      const decoder = await createDecoder(
        withRegisters(device),
        shape,
        { B, P, K, G, cacheBytes },
        params,
      );
      const sampled = await decoder.sample(
        {
          promptTokens: Uint32Array.from(
            { length: (B / G) * P },
            (_, i) => 3 + ((Math.floor(i / P) * 5 + i) % 8),
          ),
          start: Uint32Array.from({ length: B / G }, (_, group) => group % 3),
        },
        { temperature: 1, topK: 0, topP: 1, minP: 0, seed: 1, generation: 0, eos: 1, pad: 0 },
      );
      return { sampled, launches: launchesOf(decoder.passes.token).length };
    };
    const whole = await sample(2 ** 27);
    // A column of keys and values is 2 · 16 numbers: a row 1,280 bytes; parts are of 9, 9 and 8 rows.
    const parted = await sample(12_000);
    expect(parted.launches).toBe(whole.launches + 2 * 2 * shape.layers);
    expect(parted.sampled).toEqual(whole.sampled);
  }));

test("a prompt given once for its group samples what it does row by row", () =>
  withDevice(async (device) => {
    const [B, P, K] = [6, 4, 5];
    const params = storageBufferOf(device, "batch", "params", initialParameters(shape, 3));
    const prompts = [
      [3, 4, 5, 6],
      [0, 0, 7, 8],
    ];
    const sample = async (G: number, given: number[][], start: number[]) => {
      const decoder = await createDecoder(withRegisters(device), shape, { B, P, K, G }, params);
      return decoder.sample(
        { promptTokens: Uint32Array.from(given.flat()), start: Uint32Array.from(start) },
        { temperature: 1, topK: 0, topP: 1, minP: 0, seed: 1, generation: 0, eos: 1, pad: 0 },
      );
    };
    const grouped = await sample(3, prompts, [0, 2]);
    const rows = Array.from({ length: B }, (_, row) => prompts[Math.floor(row / 3)]!);
    expect(grouped).toEqual(await sample(1, rows, [0, 0, 0, 2, 2, 2]));
    await expect(sample(3, rows, [0, 0, 0, 2, 2, 2])).rejects.toThrow(
      "prompts have 24 tokens and 6 starts; 6 rows in groups of 3 take 2 prompts of 4 tokens",
    );
  }));

test("parts hold whole rows, as few as fit", () => {
  const unsloth = { ...shape, layers: 6, width: 384, heads: 6, kvHeads: 6, hidden: 920 };
  // 32 rows of 2,048 columns of 2 · 384 numbers: 192 MiB.
  expect(cacheParts(unsloth, { B: 32, capacity: 2048 })).toEqual([
    { first: 0, rows: 16 },
    { first: 16, rows: 16 },
  ]);
  expect(cacheParts(shape, { B: 40, capacity: 10 })).toEqual([{ first: 0, rows: 40 }]);
  expect(cacheParts(shape, { B: 26, capacity: 10 }, 12_000)).toEqual([
    { first: 0, rows: 9 },
    { first: 9, rows: 9 },
    { first: 18, rows: 8 },
  ]);
  // A single row may be too large.
  expect(cacheParts(shape, { B: 2, capacity: 10 }, 1)).toEqual([
    { first: 0, rows: 1 },
    { first: 1, rows: 1 },
  ]);
});
