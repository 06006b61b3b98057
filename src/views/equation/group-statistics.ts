import type { StepRecord } from "../../engine/record.ts";

/** Mean and standard deviation that made a row's advantage. */
export type GroupStatistics =
  /** `deviation` is null when scale_rewards is "none". */
  | { kind: "whole"; mean: number; deviation: number | null }
  /** They cannot be read off this batch, and why. */
  | { kind: "part"; why: string };

export function groupStatistics(record: StepRecord, row: number): GroupStatistics {
  const { config } = record;
  const rewards = [...record.reward].filter(
    (_, other) => record.group[other] === record.group[row],
  );
  if (rewards.length !== config.num_generations) {
    return {
      kind: "part",
      why: `${rewards.length} of the group’s ${config.num_generations} completions are in this step’s batch; the mean is over all of them.`,
    };
  }
  if (config.multi_objective_aggregation === "normalize_then_sum") {
    return { kind: "part", why: "Each reward function is normalised before they are added up." };
  }
  if (config.scale_rewards === "batch") {
    return { kind: "part", why: "The deviation is over the whole generation batch." };
  }
  const counted = rewards.filter((reward) => !Number.isNaN(reward));
  const mean = counted.reduce((sum, reward) => sum + reward, 0) / counted.length;
  if (config.scale_rewards === "none") return { kind: "whole", mean, deviation: null };
  const squares = counted.reduce((sum, reward) => sum + (reward - mean) ** 2, 0);
  return { kind: "whole", mean, deviation: Math.sqrt(squares / (counted.length - 1)) };
}
