import type { GRPOConfig, RunConfig } from "../../src/config/types.ts";
import { emptyQuantities } from "../../src/record/quantities.ts";
import type { StepRecord, StepReport } from "../../src/record/record.ts";
import { EXAMPLE_CONFIG } from "./example-record.ts";

export const grpo: GRPOConfig = {
  ...EXAMPLE_CONFIG,
  per_device_train_batch_size: 2,
  num_generations: 2,
  num_train_epochs: 3,
  seed: 1,
  max_completion_length: 3,
  log_completions: false,
};

export const run: RunConfig = {
  preset: "test",
  task: "sort",
  difficulty: 3,
  policy: {
    layers: 1,
    width: 8,
    heads: 1,
    kvHeads: 1,
    hidden: 16,
    tied: true,
    rmsNormEps: 1e-5,
    ropeTheta: 1e4,
  },
  grpo,
  arms: [
    { name: "token", overrides: { importance_sampling_level: "token", epsilon: 0.2 } },
    { name: "sequence", overrides: { importance_sampling_level: "sequence", epsilon: 0.03 } },
  ],
  warmStart: null,
  datasetSize: 64,
  evaluationSize: 8,
};

/** Two rows of three tokens; the second row ends after two. Ratios 1.3 0.7 1 and 1.1 0.6. */
export function makeRecord(over: Partial<StepRecord> = {}): StepRecord {
  const perToken = (...values: number[]) => Float32Array.from(values);
  return {
    arm: "token",
    level: "token",
    step: 1,
    generation: 0,
    innerStep: 0,
    rows: 2,
    columns: 3,
    ...emptyQuantities({ rows: 2, columns: 3, rewardNames: ["exact"] }),
    prompt: ["sort 2 1", "sort 2 1"],
    completion: ["1 2", "2"],
    length: Uint32Array.of(3, 2),
    tokens: Uint32Array.of(4, 5, 1, 5, 1, 0),
    mask: Uint32Array.of(1, 1, 1, 1, 1, 0),
    logp: perToken(-1, -1, -1, -1, -1, 0),
    logpOld: perToken(-1, -1, -1, -1, -1, 0),
    logpSampled: perToken(-1, -1, -1, -1, -1, 0),
    entropy: perToken(1, 1, 1, 1, 1, 0),
    logRatio: perToken(0.262, -0.357, 0, 0.095, -0.511, 0),
    tokenRatio: perToken(1.3, 0.7, 1, 1.1, 0.6, 0),
    sequenceRatio: Float32Array.of(0.97, 0.81),
    tokenClipped: Uint32Array.of(1, 0, 0, 0, 1, 0),
    advantage: Float32Array.of(1, -1),
    tokenCoefficient: perToken(0, 0.7, 1, -1.1, 0, 0),
    sequenceCoefficient: Float32Array.of(0.97, -0.81),
    coefficient: perToken(0, 0.7, 1, -1.1, 0, 0),
    gradient: perToken(0, 0.1, 0.1, -0.1, 0, 0),
    rewards: [Float32Array.of(1, 0)],
    reward: Float32Array.of(1, 0),
    config: grpo,
    metrics: { reward: 0.5, kl: Number.NaN },
    histograms: {
      range: 0.5,
      bins: 2,
      token: Uint32Array.of(2, 3),
      tokenClipped: Uint32Array.of(1, 1),
      sequence: Uint32Array.of(2, 0),
      sequenceClipped: Uint32Array.of(0, 0),
    },
    ...over,
  };
}

/** A report of a run with four optimizer steps per rollout. */
export const report = (
  step: number,
  arm = "token",
  metrics: Readonly<Record<string, number>> = { reward: step },
): StepReport => ({
  arm,
  step,
  generation: Math.floor((step - 1) / 4),
  innerStep: (step - 1) % 4,
  metrics,
});
