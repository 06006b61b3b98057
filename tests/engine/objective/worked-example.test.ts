import { expect, test } from "vitest";
import { evaluateAdvantages, evaluateObjective } from "../../../src/engine/objective/evaluate.ts";
import { OBJECTIVE_DEFAULTS } from "../../../src/engine/objective/settings.ts";
import { sharedDevice } from "../../support/shared-device.ts";

const device = sharedDevice();

// Four completions of one prompt, two good and two bad; every row has its lesson.
const LOG_RATIOS = [
  [0, 0.02, -0.01, 0.26, 0.01, 0], // one hot token
  [0.01, -0.02, -0.3, 0.02, 0, 0.03], // a low ratio that is pushed up is not clipped
  [0.05, 0.04, 0.06, 0.05, 0.04, 0.06], // uniform drift
  [-0.04, 0.31, -0.33, 0.02, 0.01, 0.03], // opposite moves
];

const rounded = (values: readonly number[], digits = 3): string[] =>
  values.map((value) => value.toFixed(digits));
const repeated = (text: string): string[] => Array.from({ length: 6 }, () => text);

async function example(epsilon: number, epsilon_high: number) {
  const { advantage } = await evaluateAdvantages(device(), {
    config: {
      num_generations: 4,
      scale_rewards: "group",
      multi_objective_aggregation: "sum_then_normalize",
      reward_weights: null,
    },
    rewards: [[1], [1], [0], [0]],
    names: ["exact"],
  });
  const result = await evaluateObjective(device(), {
    config: { ...OBJECTIVE_DEFAULTS, loss_type: "grpo", epsilon, epsilon_high },
    batch: {
      logp: LOG_RATIOS,
      logpOld: LOG_RATIOS.map((row) => row.map(() => 0)),
      mask: LOG_RATIOS.map((row) => row.map(() => 1)),
      advantage,
    },
    scope: {
      gradientAccumulationSteps: 1,
      stepsPerGeneration: 1,
      numItemsInBatch: 24,
      maxCompletionLength: 6,
      histogramRange: 0.5,
    },
  });
  return { advantage, ...result };
}

test("token clipping of 0.2 drops the hot token and one of the opposite moves", async () => {
  const { advantage, tokenCoefficient, tokenClipped } = await example(0.2, 0.2);
  expect(rounded(advantage)).toEqual(["0.866", "0.866", "-0.866", "-0.866"]);
  expect(tokenCoefficient.map((row) => rounded(row))).toEqual([
    ["0.866", "0.883", "0.857", "0.000", "0.875", "0.866"],
    ["0.875", "0.849", "0.641", "0.883", "0.866", "0.892"],
    ["-0.910", "-0.901", "-0.919", "-0.910", "-0.901", "-0.919"],
    ["-0.832", "-1.181", "0.000", "-0.883", "-0.875", "-0.892"],
  ]);
  expect(tokenClipped).toEqual([
    [0, 0, 0, 1, 0, 0],
    [0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0],
    [0, 0, 1, 0, 0, 0],
  ]);
});

test("sequence clipping of 0.2 keeps every row, with one coefficient each", async () => {
  const { sequenceRatio, sequenceCoefficient, sequenceClipped } = await example(0.2, 0.2);
  expect(rounded(sequenceRatio, 4)).toEqual(["1.0478", "0.9576", "1.0513", "1.0000"]);
  expect(rounded(sequenceCoefficient)).toEqual(["0.907", "0.829", "-0.910", "-0.866"]);
  expect(sequenceClipped).toEqual([0, 0, 0, 0]);
});

test("the paper's 3e-4 and 4e-4 drop the whole first row", async () => {
  const { sequenceCoefficient, sequenceClipped } = await example(3e-4, 4e-4);
  expect(rounded(sequenceCoefficient)).toEqual(["0.000", "0.829", "-0.910", "-0.866"]);
  expect(sequenceClipped).toEqual([1, 0, 0, 0]);
});

test("the level that drives decides the coefficients of the gradient", async () => {
  const { coefficient, tokenCoefficient } = await example(0.2, 0.2);
  expect(coefficient).toEqual(tokenCoefficient);
  const sequence = await evaluateObjective(device(), {
    config: { ...OBJECTIVE_DEFAULTS, loss_type: "grpo", importance_sampling_level: "sequence" },
    batch: {
      logp: LOG_RATIOS,
      logpOld: LOG_RATIOS.map((row) => row.map(() => 0)),
      mask: LOG_RATIOS.map((row) => row.map(() => 1)),
      advantage: [0.866, 0.866, -0.866, -0.866],
    },
    scope: {
      gradientAccumulationSteps: 1,
      stepsPerGeneration: 1,
      numItemsInBatch: 24,
      maxCompletionLength: 6,
      histogramRange: 0.5,
    },
  });
  expect(sequence.coefficient.map((row) => rounded(row))).toEqual(
    ["0.907", "0.829", "-0.910", "-0.866"].map(repeated),
  );
});
