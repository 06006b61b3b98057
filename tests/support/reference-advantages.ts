import { beyondTRL } from "../../src/config/beyond-trl.ts";
import type { AdvantageConfig } from "../../src/engine/objective/advantages.ts";

// Rewards to advantages in plain float64 numbers, null where a function returned nothing.

const present = (values: readonly (number | null)[]): number[] =>
  values.filter((value): value is number => value !== null);

const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

/** Unbiased unless it says otherwise; NaN for fewer than two. */
function std(values: readonly number[], unbiased = true): number {
  const centre = mean(values);
  const squares = values.reduce((total, value) => total + (value - centre) ** 2, 0);
  return values.length > 1 ? Math.sqrt(squares / (values.length - Number(unbiased))) : NaN;
}

export function advantages(
  rewards: readonly (readonly (number | null)[])[],
  config: AdvantageConfig,
): { advantage: number[]; metrics: Record<string, number> } {
  const G = config.num_generations;
  const weights = config.reward_weights ?? rewards[0]!.map(() => 1);
  const group = <T>(values: readonly T[], row: number): T[] => {
    const start = Math.floor(row / G) * G;
    return values.slice(start, start + G);
  };
  const weighted = (row: readonly (number | null)[]): number | null =>
    row.every((value) => value === null)
      ? null
      : row.reduce<number>((total, value, f) => total + weights[f]! * (value ?? 0), 0);
  const reward = rewards.map(weighted);

  const each = config.multi_objective_aggregation === "normalize_then_sum";
  const beyond = beyondTRL(config);
  const [eps, unbiased] = [beyond.advantage_std_eps, beyond.advantage_std_unbiased];
  const score = !each
    ? reward
    : rewards.map((row, n) =>
        weighted(
          row.map((value, f) => {
            const others = present(group(rewards, n).map((other) => other[f]!));
            const z = value === null ? NaN : (value - mean(others)) / (std(others, unbiased) + eps);
            return value === null ? null : Number.isNaN(z) ? 0 : z;
          }),
        ),
      );
  const scope = (n: number) => (each || config.scale_rewards === "batch" ? score : group(score, n));
  const stds = score.map((_, n) => std(present(scope(n)), unbiased));
  /** Of the rows but for one. */
  const others = (n: number, batch: boolean) => {
    const start = batch ? 0 : Math.floor(n / G) * G;
    return present((batch ? score : group(score, n)).filter((_, i) => start + i !== n));
  };
  const advantage = score.map((value, n) => {
    if (value === null) return 0;
    const alone = others(n, false);
    const compared =
      !each && beyond.advantage_baseline === "leave_one_out"
        ? alone.length === 0
          ? [value]
          : alone
        : present(each ? score : group(score, n));
    const off = value - mean(compared);
    if (!each && config.scale_rewards === "none") return off;
    if (!each && beyond.advantage_std_leave_one_out) {
      const own = std(others(n, config.scale_rewards === "batch"), unbiased);
      return own > 0 ? off / (own + eps) : off;
    }
    const scaled = off / (stds[n]! + eps);
    return Number.isNaN(scaled) ? 0 : scaled;
  });

  const metrics: Record<string, number> = {
    reward: mean(present(reward)),
    reward_std: std(present(reward)),
    frac_reward_zero_std: mean(stds.map((value) => (Math.abs(value) <= 1e-8 ? 1 : 0))),
  };
  weights.forEach((_, f) => {
    const values = present(rewards.map((row) => row[f]!));
    metrics[`rewards/${f}/mean`] = mean(values);
    metrics[`rewards/${f}/std`] = std(values);
  });
  return { advantage, metrics };
}
