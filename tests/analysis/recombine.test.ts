import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readWarmStart } from "../../src/cli/warm-start-file.ts";
import { runFrom } from "../../src/config/run-from.ts";
import { upperEpsilon } from "../../src/config/clip-band.ts";
import { lossForm } from "../../src/config/loss-types.ts";
import { type GRPOConfig, levels, lossTypes } from "../../src/config/types.ts";
import type { StepRecord } from "../../src/record/record.ts";
import { createRun, type Run } from "../../src/engine/run/run.ts";
import { lossReason } from "../../src/analysis/loss-reason.ts";
import { lossParts, meetsLoss } from "../../src/analysis/recombine.ts";
import * as format from "../../src/analysis/format.ts";
import { NO_EDITS, whatIf } from "../../src/analysis/what-if.ts";
import { openDevice } from "../support/with-device.ts";

// The page takes the loss apart in float64; the GPU has added it up in float32. On records of a
// real run, for every loss type and level, the parts as they are printed give back the GPU's loss.

const REST = {
  epsilon: 0.02,
  epsilon_high: null,
  delta: null,
  dual_clip: null,
  cispo_floor: 0,
  geometric_clip: false,
  beta: 0,
  use_bias_correction_kl: false,
  kl_estimator: "k3",
  kl_clamp: null,
  top_entropy_quantile: 1,
  entropy_coef: 0,
  use_adaptive_entropy: false,
  off_policy_mask_threshold: null,
} satisfies Partial<GRPOConfig>;
const VARIANTS: readonly (readonly [string, Partial<GRPOConfig>])[] = [
  ["plain", {}],
  ["delta and a wider upper side", { delta: 1.03, epsilon_high: 0.05 }],
  ["a dual clip inside the band", { dual_clip: 1.01, epsilon_high: 0.05 }],
  ["a floor under the weight", { cispo_floor: 0.99, epsilon_high: 1.01 }],
  ["GMPO", { geometric_clip: true, epsilon: 0.01, top_entropy_quantile: 0.6 }],
  ["KL", { beta: 0.4 }],
  ["KL times the ratio", { beta: 0.4, use_bias_correction_kl: true }],
  ["KL as k1, held", { beta: 0.4, kl_estimator: "k1", kl_clamp: 0.02 }],
  ["KL as k2 times the ratio", { beta: 0.4, kl_estimator: "k2", use_bias_correction_kl: true }],
  ["entropy mask and bonus", { top_entropy_quantile: 0.4, entropy_coef: 0.05 }],
  ["off-policy mask", { off_policy_mask_threshold: 0.005, beta: 0.1 }],
];

let run: Run;
let close: () => void;

beforeAll(async () => {
  const opened = await openDevice();
  close = opened.close;
  const sort = runFrom("sort", { seed: 5 });
  // Two micro-batches of unequal lengths a step; every second step is off-policy.
  const passes = {
    per_device_train_batch_size: 8,
    gradient_accumulation_steps: 2,
    steps_per_generation: 2,
    num_iterations: 4,
    num_generations: 8,
    learning_rate: 2e-3,
    mask_truncated_completions: false,
  };
  run = await createRun({
    device: opened.device,
    config: {
      ...sort,
      grpo: { ...sort.grpo, ...passes },
      arms: levels.map((level) => ({
        name: level,
        overrides: { importance_sampling_level: level },
      })),
    },
    weights: await readWarmStart("sort"),
  });
});

afterAll(() => {
  run.destroy();
  close();
});

/** Steps until the ratios have moved, in a batch that pushes: whichever tests ran before. */
async function moved(config: Partial<GRPOConfig>): Promise<readonly StepRecord[]> {
  run.change(null, { ...REST, ...config });
  for (let i = 0; i < 64; i++) {
    const records = await run.advance();
    const pushes = records.every(({ gradient }) => gradient.some((value) => value !== 0));
    if (records[0]!.innerStep > 0 && pushes) return records;
  }
  throw new Error("no step is off-policy and pushes");
}

const printed = (text: string): number => Number(format.ascii(text));

describe.each(lossTypes)("%s", (loss_type) => {
  test.each(VARIANTS)("the parts recombine to the GPU's loss: %s", async (_, config) => {
    for (const record of await moved({ loss_type, ...config })) {
      const parts = lossParts(record, record.level === "token" ? "token" : "sequence")!;
      const loss = record.metrics.loss!;
      expect(Math.abs(parts.loss - loss)).toBeLessThan(2e-6 + 2e-5 * Math.abs(loss));
      expect(meetsLoss(record, parts)).toBe(true);
      const why = lossReason(record)!;
      expect(why.policy + (why.kl ?? 0) - (why.bonus ?? 0)).toBeCloseTo(parts.loss, 12);
      expect(why.atOne === null).toBe(["cap", "gamma"].includes(lossForm({ loss_type }).rule));
      if (why.atOne !== null) expect(why.atOne + why.moved!).toBeCloseTo(why.policy, 12);
      // Rows, KL and bonus with five decimals, the loss with four.
      const terms = parts.terms.reduce((sum, term) => sum + printed(format.signed(term, 5)), 0);
      const kl = printed(format.signed(parts.kl ?? 0, 5));
      const bonus = printed(format.signed(parts.bonus ?? 0, 5));
      const shown = -(terms - kl) / parts.divisor - bonus;
      expect(Math.abs(shown - printed(format.signed(loss, 4)))).toBeLessThan(
        5e-5 + 5e-6 + ((parts.terms.length + 1) * 5e-6) / parts.divisor,
      );
    }
  });

  test("an edit that changes nothing gives back the GPU's coefficients and gradient", async () => {
    const both = { loss_type, beta: 0.2, top_entropy_quantile: 0.5 };
    const records = [
      ...(await moved(both)),
      ...(await moved({ ...both, dual_clip: 1.01, kl_estimator: "k1" })),
      ...(await moved({ ...both, epsilon_high: 1.01, cispo_floor: 0.99 })),
      ...(await moved({ ...both, geometric_clip: true, kl_estimator: "k2" })),
    ];
    for (const record of records) {
      if (record.level === "sequence_token") continue;
      const edited = whatIf(record, {
        ...NO_EDITS,
        band: { low: record.config.epsilon, high: upperEpsilon(record.config) },
      });
      const largest = record.gradient.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
      const off = (name: "coefficient" | "tokenCoefficient" | "gradient") =>
        record[name].reduce(
          (most, each, i) => Math.max(most, Math.abs(each - edited[name][i]!)),
          0,
        );
      expect(off("coefficient")).toBeLessThan(1e-5);
      expect(off("tokenCoefficient")).toBeLessThan(1e-5);
      expect(off("gradient")).toBeLessThan(2e-5 * largest);
      expect(edited.tokenClipped).toEqual(record.tokenClipped);
      expect(edited.sequenceClipped).toEqual(record.sequenceClipped);
    }
  });
});
