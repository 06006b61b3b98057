import { describe, expect, test } from "vitest";
import { storageBufferOf, uniformOf } from "../../src/engine/gpu/buffers.ts";
import { readBuffer } from "../../src/engine/gpu/readback.ts";
import { philox, Purpose } from "../../src/base/random.ts";
import { sampleToken, type Sampling } from "../../src/engine/sampler/sample-token.ts";
import { expectClose } from "../support/numeric.ts";
import { run, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles("sampler/sample-token");

const plain: Sampling = {
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  seed: 42,
  generation: 3,
  eos: null,
};

/** Draws one token for each of B rows that all have the same logits, but for those that have ended. */
async function draw(
  device: GPUDevice,
  logits: readonly number[],
  B: number,
  sampling: Partial<Sampling>,
  ended = new Uint32Array(B),
) {
  const V = logits.length;
  const VP = 4 * Math.ceil(V / 4);
  const live = [...ended.keys()].filter((row) => ended[row] === 0);
  const padded = Float32Array.from({ length: B * VP }, (_, i) => logits[i % VP] ?? 0);
  const words = (length: number) =>
    storageBufferOf(device, "batch", "words", new Uint32Array(length));
  const buffers = {
    logits: storageBufferOf(device, "batch", "logits", padded),
    lastColumn: words(1),
    tokens: words(B * 2),
    next: words(B),
    ended: storageBufferOf(device, "batch", "ended", ended),
    logp: words(B),
    live: storageBufferOf(
      device,
      "batch",
      "live",
      Uint32Array.from({ length: B }, (_, i) => live[i] ?? 0),
    ),
    rowRange: uniformOf(device, "rowRange", [0, live.length]),
  };
  const sampler = await sampleToken(device, { B, V, capacity: 2, head: 1 });
  sampler.configure({ ...plain, ...sampling });
  run(device, sampler.bind(buffers));
  return {
    tokens: Array.from(new Uint32Array(await readBuffer(device, buffers.next))),
    logp: Array.from(new Float32Array(await readBuffer(device, buffers.logp))),
    ended: Array.from(new Uint32Array(await readBuffer(device, buffers.ended))),
  };
}

const softmax = (z: readonly number[]): number[] => {
  const weights = z.map((value) => Math.exp(value - Math.max(...z)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
};

const shares = (tokens: readonly number[], V: number): number[] =>
  Array.from({ length: V }, (_, v) => tokens.filter((token) => token === v).length / tokens.length);

/** Gumbel-max with the same random words, in float64. */
function reference(logits: readonly number[], row: number, temperature: number): number {
  const score = logits.map((logit, v) => {
    const words = philox(
      [plain.generation, row, 0, Math.floor(v / 4)],
      [plain.seed, Purpose.sampling],
    );
    const u = ((words[v % 4]! >>> 8) + 0.5) / 0x1000000;
    return logit / temperature - Math.log(-Math.log(u));
  });
  return score.indexOf(Math.max(...score));
}

const logits = [0.3, -1.2, 2.1, 0.9, 1.7, -0.4, 0.35];

describe("sample-token", () => {
  test.each([1, 0.5, 1.7])("draws what the counter's words say, at temperature %f", (temperature) =>
    withDevice(async (device) => {
      const { tokens, logp } = await draw(device, logits, 200, { temperature });
      expect(tokens).toEqual(tokens.map((_, row) => reference(logits, row, temperature)));
      const p = softmax(logits.map((logit) => logit / temperature));
      expectClose(
        logp,
        tokens.map((token) => Math.log(p[token]!)),
        { rtol: 1e-5 },
      );
    }),
  );

  test("follows softmax(logits): 20,000 rows within five standard errors", () =>
    withDevice(async (device) => {
      const { tokens } = await draw(device, logits, 20_000, {});
      const p = softmax(logits);
      shares(tokens, logits.length).forEach((share, v) => {
        expect(Math.abs(share - p[v]!)).toBeLessThan(5 * Math.sqrt((p[v]! * (1 - p[v]!)) / 20_000));
      });
    }));

  test.each([
    ["temperature 0", { temperature: 0 }, [2]],
    ["top_k 1", { topK: 1 }, [2]],
    ["top_k 3", { topK: 3 }, [2, 3, 4]],
    ["top_k beyond the vocabulary", { topK: 50 }, [0, 1, 2, 3, 4, 5, 6]],
    // softmax, largest first: 0.41 (2), 0.28 (4), 0.12 (3), 0.07 (6), …
    ["top_p 0.4", { topP: 0.4 }, [2]],
    ["top_p 0.65", { topP: 0.65 }, [2, 4]],
    ["top_p 0.8", { topP: 0.8 }, [2, 3, 4]],
    ["min_p 0.5", { minP: 0.5 }, [2, 4]],
    ["top_k 4 and then top_p 0.7 of what it kept", { topK: 4, topP: 0.7 }, [2, 4]],
  ])("%s keeps only %j", (_, sampling, kept) =>
    withDevice(async (device) => {
      const { tokens } = await draw(device, logits, 3_000, sampling);
      expect([...new Set(tokens)].toSorted((a, b) => a - b)).toEqual(kept);
    }),
  );

  test("a row that has ended is left alone", () =>
    withDevice(async (device) => {
      const got = await draw(
        device,
        logits,
        5,
        { eos: 2, temperature: 0 },
        Uint32Array.of(1, 0, 1, 0, 0),
      );
      expect(got.tokens).toEqual([0, 2, 0, 2, 2]);
      expect(got.ended).toEqual([1, 1, 1, 1, 1]);
      expect(got.logp.map((logp) => logp === 0)).toEqual([true, false, true, false, false]);
    }));

  test("row numbers count within the generation: a later chunk draws what the whole would", () =>
    withDevice(async (device) => {
      const whole = await draw(device, logits, 12, {});
      const chunk = await draw(device, logits, 4, { firstRow: 8 });
      expect(chunk.tokens).toEqual(whole.tokens.slice(8));
    }));
});
