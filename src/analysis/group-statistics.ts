import { beyondTRL } from "../config/beyond-trl.ts";
import type { StepRecord } from "../record/record.ts";
import { comparisonOf } from "./advantage.ts";
import { NO_REWARDS } from "./format.ts";

/** Mean and standard deviation that made a row's advantage. */
export type GroupStatistics =
  /** `deviation` is null where nothing divides. */
  | { kind: "whole"; mean: number; deviation: number | null }
  /** The same, found back from the rewards and advantages of the rows here; `why` says so. */
  | { kind: "solved"; mean: number; deviation: number | null; why: string }
  /** They cannot be read off this batch, and why. */
  | { kind: "part"; why: string };

export function groupStatistics(record: StepRecord, row: number): GroupStatistics {
  if (record.rewardNames.length === 0) {
    return { kind: "part", why: `It is taken as it is: ${NO_REWARDS}.` };
  }
  const { config } = record;
  const rewards = [...record.reward].filter(
    (_, other) => record.group[other] === record.group[row],
  );
  if (rewards.length !== config.num_generations) {
    const why = `${rewards.length} of the group’s ${config.num_generations} completions are in this step’s batch; the mean is over all of them`;
    const solved = solve(record, row);
    return solved === null
      ? { kind: "part", why: `${why}.` }
      : {
          kind: "solved",
          ...solved,
          why: `${why}, found back from the rewards and advantages here.`,
        };
  }
  if (config.multi_objective_aggregation === "normalize_then_sum") {
    return { kind: "part", why: "Each reward function is normalised before they are added up." };
  }
  if (config.scale_rewards === "batch") {
    return { kind: "part", why: "The deviation is over the whole generation batch." };
  }
  const counted = [...record.reward.entries()].filter(
    ([other, reward]) => record.group[other] === record.group[row] && !Number.isNaN(reward),
  );
  const own = counted.findIndex(([other]) => other === row);
  if (own < 0) return { kind: "part", why: "No reward function said anything of it." };
  const values = counted.map(([, reward]) => reward);
  const alike = values.map(() => 0);
  return { kind: "whole", ...comparisonOf(own, values, alike, config) };
}

/** Rewards and advantages closer than this leave too few of 24 bits to divide by their difference. */
const APART = 0.01;
/** How far an advantage may be from what the solution gives: half of its last shown digit. */
const AGREES = 5e-4;

/**
 * Mean and deviation of A = (reward − mean) / (deviation + eps), a line through the group's rows in
 * this batch. Null where they do not determine it: equal rewards, or rows that are not on one line.
 */
function solve(record: StepRecord, row: number): { mean: number; deviation: number | null } | null {
  const { reward, advantage, config } = record;
  const beyond = beyondTRL(config);
  if (config.multi_objective_aggregation === "normalize_then_sum") return null;
  // Of the others each row has a mean of its own, which is no line.
  if (beyond.advantage_baseline !== "group" || beyond.advantage_std_leave_one_out) return null;
  const rows = Array.from(record.group.keys()).filter(
    (other) => record.group[other] === record.group[row] && !Number.isNaN(reward[other]!),
  );
  const byReward = rows.toSorted((a, b) => reward[a]! - reward[b]!);
  const [low, high] = [byReward[0], byReward.at(-1)];
  if (low === undefined || high === undefined) return null;
  const rise = advantage[high]! - advantage[low]!;
  const run = reward[high]! - reward[low]!;
  const scaled = config.scale_rewards !== "none";
  if (scaled && (run < APART || rise < APART)) return null;
  const divisor = scaled ? run / rise : 1;
  const mean = reward[low]! - advantage[low]! * divisor;
  const onLine = rows.every(
    (other) => Math.abs((reward[other]! - mean) / divisor - advantage[other]!) < AGREES,
  );
  return onLine ? { mean, deviation: scaled ? divisor - beyond.advantage_std_eps : null } : null;
}
