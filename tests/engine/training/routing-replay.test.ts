import { describe, expect, test } from "vitest";
import type { RouterReplay } from "../../../src/config/architecture.ts";
import { trlDefaults } from "../../../src/config/schema.ts";
import { storageBufferOf } from "../../../src/engine/gpu/buffers.ts";
import { initialParameters, parameterLayout } from "../../../src/engine/policy/parameters.ts";
import type { PolicyShape } from "../../../src/engine/policy/shape.ts";
import type { MicroBatch } from "../../../src/engine/training/batch-slots.ts";
import type { StepOutputs } from "../../../src/engine/training/step-outputs.ts";
import { createUpdate } from "../../../src/engine/training/update.ts";
import { withDevice, withRegisters } from "../../support/with-device.ts";

const shape: PolicyShape = {
  architecture: "qwen3_moe",
  ...{ layers: 3, width: 16, heads: 2, kvHeads: 1, hidden: 12, vocab: 11 },
  ...{ tied: false, padTokenId: null, rmsNormEps: 1e-6, ropeTheta: 10_000 },
  mixture: { experts: 6, perToken: 2, normalised: true, denseLayers: [0] },
};
const [B, P, K, L, k] = [4, 3, 6, 2, 2];
const T = P + K;
const config = {
  ...trlDefaults,
  ...({ loss_type: "grpo", beta: 0, temperature: 1, max_completion_length: K } as const),
};

/** Rows of different lengths, the prompts' too. */
const length = Uint32Array.of(6, 2, 5, 6);
const start = Uint32Array.of(0, 1, 2, 0);
const batch = (routes: Uint32Array<ArrayBuffer> | null = null): MicroBatch => ({
  tokens: Uint32Array.from({ length: B * (T - 1) }, (_, i) => (i * 7 + 3) % 11),
  targets: Uint32Array.from({ length: B * K }, (_, i) => (i * 5 + 1) % 11),
  ...{ start, length, routes },
  mask: Uint32Array.from({ length: B * K }, (_, i) => Number(i % K < length[Math.floor(i / K)]!)),
  advantage: Float32Array.of(1, -1, 0.5, -0.5),
  ...{ logpSampled: null, logpOld: null, logpRef: null, numItemsInBatch: 19 },
});

/** log π after the last step, along the routes in the slot and along the router's own. */
let scores: Float32Array[] = [];

/** Some steps on one micro-batch, at a rate that makes routers change their minds. */
async function steps(
  device: GPUDevice,
  routerReplay: RouterReplay,
  count: number,
  given: MicroBatch = batch(),
): Promise<(StepOutputs & { arrays: NonNullable<StepOutputs["arrays"]> })[]> {
  const layout = parameterLayout(shape);
  const params = storageBufferOf(device, "weights", "params", initialParameters(shape, 5));
  const update = await createUpdate(
    withRegisters(device),
    shape,
    layout,
    { B, P, K, slots: 1, accumulation: 1 },
    { params, referenceParams: params },
    "adamw_torch",
  );
  update.load(0, given);
  const all = [];
  for (let step = 1; step <= count; step++) {
    update.begin({
      ...{ config, otherClip: null, learningRate: 0.05, step, stepsPerGeneration: 1 },
      ...{ gradientAccumulationSteps: 1, histogramRange: 1, auxLossCoefficient: 0.01 },
      routerReplay,
    });
    update.accumulate(0);
    const outputs = await update.finish();
    all.push({ ...outputs, arrays: outputs.arrays! });
  }
  if (count > 1) scores = [await update.score(0, "old"), await update.score(0, "free")];
  update.destroy();
  params.destroy();
  return all;
}

/** Routes of every (row, column, layer) as sorted sets, of tokens that are there. */
const sets = (experts: Uint32Array): string[] =>
  Array.from({ length: B * K * L }, (_, i) => {
    const [row, column] = [Math.floor(i / (K * L)), Math.floor(i / L) % K];
    if (column >= length[row]!) return "";
    return [...experts.subarray(i * k, (i + 1) * k)].toSorted((a, b) => a - b).join();
  });

describe("routing replay", () => {
  test("without it routes change from step to step, and the share that did is counted", () =>
    withDevice(async (device) => {
      const all = await steps(device, "none", 4);
      expect(all[0]!.flipped).toBe(0);
      const { routes, flipped } = all.at(-1)!;
      const [now, old] = [sets(routes!.experts), sets(routes!.expertsOld)];
      const changed = now.filter((set, i) => set !== old[i]).length;
      const tokens = length.reduce((sum, each) => sum + each, 0);
      expect(changed).toBeGreaterThan(0);
      expect(flipped).toBeCloseTo(changed / (tokens * L), 6);
      expect(old).toEqual(sets(all[0]!.routes!.experts));
      expect(Math.max(...routes!.routerLogRatio.map(Math.abs))).toBeGreaterThan(0.01);
      expect(Math.max(...all[0]!.routes!.routerLogRatio.map(Math.abs))).toBe(0);
      // Of the same weights: what the other experts alone make.
      expect([...scores[0]!]).not.toEqual([...scores[1]!]);
    }));

  test("R2 keeps the routes of the rollout's weights; what they count is the present router's", () =>
    withDevice(async (device) => {
      const [free, replayed] = [await steps(device, "none", 4), await steps(device, "R2", 4)];
      for (const { flipped } of replayed) expect(flipped).toBe(0);
      const last = replayed.at(-1)!;
      expect(sets(last.routes!.experts)).toEqual(sets(replayed[0]!.routes!.experts));
      expect(last.routes!.expertWeights).not.toEqual(last.routes!.expertWeightsOld);
      // The first step is on policy: replay changes nothing.
      expect(new Float32Array(replayed[0]!.arrays.logp)).toEqual(
        new Float32Array(free[0]!.arrays.logp),
      );
      expect(new Float32Array(last.arrays.logp)).not.toEqual(
        new Float32Array(free.at(-1)!.arrays.logp),
      );
    }));

  test("R3 takes the sampler's routes from the first step on, and the router's where none are known", () =>
    withDevice(async (device) => {
      // Each token's experts by its column; of the last one of a row nothing is known.
      const routes = Uint32Array.from({ length: B * T * L * k }, (_, i) => {
        const [column, j] = [Math.floor(i / (L * k)) % T, i % k];
        return (column + j * 2) % 6;
      });
      const all = await steps(device, "R3", 2, batch(routes));
      for (const { routes: found, flipped } of all) {
        expect(flipped).toBe(0);
        const wanted = Array.from({ length: B * K * L }, (_, i) => {
          const [row, column] = [Math.floor(i / (K * L)), Math.floor(i / L) % K];
          if (column >= length[row]!) return "";
          const at = P - 1 + column;
          return [at % 6, (at + 2) % 6].toSorted((a, b) => a - b).join();
        });
        expect(sets(found!.experts)).toEqual(wanted);
      }
      const unknown = new Uint32Array(routes.length).fill(0xffffffff);
      const [own, none] = [
        await steps(device, "R3", 1, batch(unknown)),
        await steps(device, "none", 1),
      ];
      expect(new Float32Array(own[0]!.arrays.logp)).toEqual(new Float32Array(none[0]!.arrays.logp));
    }));

  test.each(["none", "R2"] as const)("the same steps leave the same bits, %s", (mode) =>
    withDevice(async (device) => {
      const [one, other] = [await steps(device, mode, 3), await steps(device, mode, 3)];
      expect(one).toEqual(other);
    }),
  );
});
