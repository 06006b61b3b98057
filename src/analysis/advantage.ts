import { beyondTRL } from "../config/beyond-trl.ts";
import type { GRPOConfig } from "../config/types.ts";

// How one reward becomes an advantage, in float64: shaders/objective/group-advantage.wgsl.

/** A = (reward − mean) / (deviation + advantage_std_eps); null: nothing divides. */
export interface Comparison {
  mean: number;
  deviation: number | null;
}

/**
 * What a row's reward is compared with under sum_then_normalize, as scale_rewards and the fields beyond
 * TRL's have it.
 * @param own The row, an index into `rewards`.
 * @param rewards Of the whole rollout, none of them NaN.
 * @param group Of each, the group it is in.
 */
export function comparisonOf(
  own: number,
  rewards: readonly number[],
  group: readonly number[],
  config: Readonly<GRPOConfig>,
): Comparison {
  const beyond = beyondTRL(config);
  const leaves = beyond.advantage_std_leave_one_out;
  const inGroup = (row: number) => group[row] === group[own];
  const alone = beyond.advantage_baseline === "leave_one_out";
  const compared = rewards.filter((_, row) => inGroup(row) && !(alone && row === own));
  // Nobody to compare with: the reward is its own mean.
  const mean = compared.length === 0 ? rewards[own]! : meanOf(compared);
  if (config.scale_rewards === "none") return { mean, deviation: null };
  const scope = rewards.filter(
    (_, row) => (config.scale_rewards === "batch" || inGroup(row)) && !(leaves && row === own),
  );
  const deviation = deviationOf(scope, beyond.advantage_std_unbiased);
  // NeMo RL divides by the others' deviation where it is above 0.
  return { mean, deviation: leaves && !(deviation > 0) ? null : deviation };
}

const meanOf = (x: readonly number[]) => x.reduce((sum, value) => sum + value, 0) / x.length;

function deviationOf(x: readonly number[], unbiased: boolean): number {
  const centre = meanOf(x);
  const squares = x.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (x.length - Number(unbiased)));
}
