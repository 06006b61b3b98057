import groupAdvantageCode from "../../../shaders/objective/group-advantage.wgsl?raw";
import groupRewardCode from "../../../shaders/objective/group-reward.wgsl?raw";
import momentsCode from "../../../shaders/objective/moments.wgsl?raw";
import rewardMetricsCode from "../../../shaders/statistics/reward-metrics.wgsl?raw";
import type { GRPOConfig } from "../../config/types.ts";
import { storageBuffer, uniformBuffer } from "../gpu/buffers.ts";
import { Kernel } from "../gpu/kernel.ts";
import { readFloats } from "../gpu/readback.ts";
import { UserError } from "../user-error.ts";

export interface AdvantageOptions {
  /** TRL: `num_generations`; consecutive runs of that many rows are groups. */
  numGenerations: number;
  /** TRL: `reward_weights`, one for each function. */
  weights: readonly number[];
  scaleRewards: GRPOConfig["scale_rewards"];
  /** TRL: `multi_objective_aggregation`. */
  aggregation: GRPOConfig["multi_objective_aggregation"];
}

export interface AdvantageResult {
  /** Â. (N) */
  advantage: Float32Array<ArrayBuffer>;
  /** Weighted sum of the functions; NaN where none said anything. (N) */
  reward: Float32Array<ArrayBuffer>;
  /** TRL's names, with the function's number for its name: `rewards/0/mean`. */
  metrics: Record<string, number>;
}

export interface AdvantageShape {
  /** Completions in the generation batch. */
  N: number;
  /** Reward functions. */
  F: number;
}

/**
 * Rewards to advantages over a whole generation batch: the second half of TRL's
 * `_generate_and_score_completions`.
 */
export interface Advantages {
  /**
   * `rewards`: (N, F), NaN where a function returned nothing. Throws a UserError when the rows do
   * not divide into groups.
   */
  compute(rewards: Float32Array<ArrayBuffer>, options: AdvantageOptions): Promise<AdvantageResult>;
  bytes: number;
  destroy(): void;
}

const SCALES = ["group", "batch", "none"] as const;
const ROWS = 64; // threads of a workgroup

export async function createAdvantages(
  device: GPUDevice,
  { N, F }: AdvantageShape,
): Promise<Advantages> {
  const buffer = (label: string, length: number) =>
    storageBuffer(device, `advantages ${label}`, length);
  const settings = uniformBuffer(device, "advantages settings", 4);
  const rewards = buffer("rewards", N * F);
  const weight = buffer("weight", F);
  const reward = buffer("reward", N);
  const score = buffer("score", N);
  const advantage = buffer("advantage", N);
  const zeroStd = buffer("zeroStd", N);
  const metrics = buffer("metrics", 3 + 2 * F);
  const owned = [settings, rewards, weight, reward, score, advantage, zeroStd, metrics];

  const compile = (label: string, code: string, constants: Record<string, number>) =>
    Kernel.create(device, { label, code: momentsCode + code, constants });
  const [sum, normalise, statistics] = await Promise.all([
    compile("group-reward", groupRewardCode, { N, F }),
    compile("group-advantage", groupAdvantageCode, { N }),
    compile("reward-metrics", rewardMetricsCode, { N, F }),
  ]);
  const intoScore = sum.bind([rewards, weight, reward, score, settings], Math.ceil(N / ROWS));
  const intoAdvantage = normalise.bind([score, advantage, zeroStd, settings], Math.ceil(N / ROWS));
  const intoMetrics = statistics.bind(
    [rewards, reward, zeroStd, metrics],
    Math.ceil((F + 1) / ROWS),
  );

  function configure({ numGenerations: G, weights, scaleRewards, aggregation }: AdvantageOptions) {
    if (N % G !== 0) {
      throw new UserError(
        `${N} completions do not divide into groups of num_generations = ${G}.`,
        "Choose num_generations so that it divides the generation batch.",
        ["num_generations"],
      );
    }
    if (weights.length !== F) {
      throw new UserError(
        `reward_weights has ${weights.length} values for ${F} reward functions.`,
        "Give one weight for each reward function, or none.",
        ["reward_weights"],
      );
    }
    const normaliseEach = aggregation === "normalize_then_sum" ? 1 : 0;
    const words = Uint32Array.of(G, SCALES.indexOf(scaleRewards), normaliseEach, 0);
    device.queue.writeBuffer(settings, 0, words);
    device.queue.writeBuffer(weight, 0, Float32Array.from(weights));
  }

  return {
    async compute(values, options) {
      configure(options);
      device.queue.writeBuffer(rewards, 0, values);
      const encoder = device.createCommandEncoder({ label: "advantages" });
      const pass = encoder.beginComputePass();
      for (const dispatch of [intoScore, intoAdvantage, intoMetrics]) dispatch(pass);
      pass.end();
      device.queue.submit([encoder.finish()]);
      const [advantages, sums, slots] = await Promise.all(
        [advantage, reward, metrics].map((each) => readFloats(device, each)),
      );
      return { advantage: advantages!, reward: sums!, metrics: nameSlots(slots!, F) };
    },
    bytes: owned.reduce((total, { size }) => total + size, 0),
    destroy: () => owned.forEach((each) => each.destroy()),
  };
}

function nameSlots(slots: Float32Array, F: number): Record<string, number> {
  const named: Record<string, number> = {
    reward: slots[0]!,
    reward_std: slots[1]!,
    frac_reward_zero_std: slots[2]!,
  };
  for (let f = 0; f < F; f++) {
    named[`rewards/${f}/mean`] = slots[3 + 2 * f]!;
    named[`rewards/${f}/std`] = slots[4 + 2 * f]!;
  }
  return named;
}
