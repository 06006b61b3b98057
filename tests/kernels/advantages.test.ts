import { expect, test } from "vitest";
import type { FieldsBeyondTRL } from "../../src/config/beyond-trl.ts";
import type { AdvantageConfig } from "../../src/engine/objective/advantages.ts";
import { evaluateAdvantages } from "../../src/engine/objective/evaluate.ts";
import { expectClose, wave } from "../support/numeric.ts";
import { advantages } from "../support/reference-advantages.ts";
import { sharedDevice } from "../support/shared-device.ts";
import { compiles } from "../support/hosts.ts";

compiles(
  "objective/group-advantage",
  "objective/group-reward",
  "lib/moments",
  "statistics/reward-metrics",
);

const device = sharedDevice();

type Rewards = (number | null)[][];

const MODES: [AdvantageConfig["scale_rewards"], AdvantageConfig["multi_objective_aggregation"]][] =
  [
    ["group", "sum_then_normalize"],
    ["batch", "sum_then_normalize"],
    ["none", "sum_then_normalize"],
    ["group", "normalize_then_sum"],
  ];

const matrix = (N: number, F: number): number[][] =>
  Array.from({ length: N }, (_, n) => wave(F, 1.1 * (n + 1)).map(Math.fround));

/** What other trainers have, and TRL's way first. */
const BEYOND: FieldsBeyondTRL[] = [
  {},
  { advantage_baseline: "leave_one_out", advantage_std_eps: 1e-6 },
  { advantage_std_leave_one_out: true, advantage_std_eps: 0.5 },
  { advantage_baseline: "leave_one_out", advantage_std_leave_one_out: true },
  { advantage_std_unbiased: false, advantage_std_eps: 1e-2 },
  { advantage_std_unbiased: false, advantage_std_leave_one_out: true },
];

/** Every way of scaling, on one device. */
const expectAgrees = async (
  G: number,
  rewards: Rewards,
  reward_weights: number[] | null = null,
) => {
  const all = MODES.flatMap((mode) => BEYOND.map((beyond) => [...mode, beyond] as const));
  for (const [scale_rewards, multi_objective_aggregation, beyond] of all) {
    const config = {
      num_generations: G,
      scale_rewards,
      multi_objective_aggregation,
      reward_weights,
      ...beyond,
    };
    const names = rewards[0]!.map((_, f) => String(f));
    const actual = await evaluateAdvantages(device(), { config, rewards, names });
    const expected = advantages(rewards, config);
    try {
      expectClose(actual.advantage, expected.advantage, { rtol: 2e-5, atol: 1e-6 });
    } catch (cause) {
      throw new Error(JSON.stringify(config), { cause });
    }
    for (const [name, value] of Object.entries(expected.metrics)) {
      if (Number.isNaN(value)) expect(actual.metrics[name], name).toBeNaN();
      else expectClose([actual.metrics[name]!], [value], { atol: 1e-6 });
    }
  }
};

// Fewer rows than threads of a workgroup, exactly as many, and more.
test.each([
  [12, 3, 4],
  [64, 2, 8],
  [150, 1, 5],
])("%i rows of %i functions in groups of %i agree with float64", (N, F, G) =>
  expectAgrees(G, matrix(N, F), wave(F, 0.3)),
);

test("a function may say nothing about a row, or about a whole group", () => {
  const rewards: Rewards = matrix(16, 3);
  rewards[1] = [null, 0.5, 0.25];
  rewards[2] = [null, null, null];
  for (let n = 4; n < 8; n++) rewards[n]![2] = null;
  for (let n = 8; n < 11; n++) rewards[n] = [null, null, null];
  return expectAgrees(4, rewards, [1, 0.5, 2]);
});

test("two values have a deviation, one has none", () => {
  const rewards: Rewards = matrix(8, 3).map(([first]) => [first!, null, null]);
  rewards[1]![1] = 0.5;
  rewards[6]![1] = 2;
  rewards[3]![2] = 1;
  return expectAgrees(4, rewards);
});

test("a function that never says anything has no mean", () =>
  expectAgrees(
    4,
    matrix(8, 2).map(([first]) => [first!, null]),
  ));

test("equal rewards give an advantage of exactly 0, whatever their rounding", async () => {
  for (const [scale_rewards, multi_objective_aggregation] of MODES) {
    const config = { num_generations: 3, scale_rewards, multi_objective_aggregation };
    const { advantage, metrics } = await evaluateAdvantages(device(), {
      config: { ...config, reward_weights: [0.1, 0.7] },
      rewards: Array.from({ length: 9 }, () => [0.1, 1 / 3]),
      names: ["a", "b"],
    });
    expect(new Set(advantage.map(Math.abs))).toEqual(new Set([0]));
    expect(metrics.frac_reward_zero_std).toBe(1);
  }
});

test("two generations give ±0.7071 whatever the gap", async () => {
  const { advantage } = await evaluateAdvantages(device(), {
    config: {
      num_generations: 2,
      scale_rewards: "group",
      multi_objective_aggregation: "sum_then_normalize",
      reward_weights: null,
    },
    rewards: [[10], [0], [100], [300]],
    names: ["a"],
  });
  expectClose(advantage, [Math.SQRT1_2, -Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT1_2], {
    rtol: 1e-4,
  });
});

test("one right of four: against the others, whose deviation is 0, its advantage is not divided", async () => {
  const config = {
    num_generations: 4,
    scale_rewards: "group",
    multi_objective_aggregation: "sum_then_normalize",
    reward_weights: null,
    advantage_baseline: "leave_one_out",
    advantage_std_leave_one_out: true,
    advantage_std_eps: 1e-6,
  } as const;
  const one = [[1], [0], [0], [0]];
  const { advantage, metrics } = await evaluateAdvantages(device(), {
    config,
    rewards: [...one, ...one.map(() => [0.5])],
    names: ["a"],
  });
  // Of the others (1, 0, 0): mean 1/3, deviation √(1/3).
  const other = -(1 / 3) / (Math.sqrt(1 / 3) + 1e-6);
  expectClose(advantage, [1, other, other, other, 0, 0, 0, 0]);
  // Groups without a deviation are counted as in TRL.
  expect(metrics.frac_reward_zero_std).toBe(0.5);
});

test("groups that do not divide the batch are refused", async () => {
  const config = {
    num_generations: 4,
    scale_rewards: "group",
    multi_objective_aggregation: "sum_then_normalize",
    reward_weights: null,
  } as const;
  const six = { rewards: matrix(6, 1), names: ["a"] };
  await expect(evaluateAdvantages(device(), { config, ...six })).rejects.toThrow(
    "6 completions do not divide into groups of num_generations = 4.",
  );
  const weighted = { ...config, num_generations: 2, reward_weights: [1, 2] };
  await expect(evaluateAdvantages(device(), { config: weighted, ...six })).rejects.toThrow(
    "reward_weights has 2 values for 1 reward functions.",
  );
});
