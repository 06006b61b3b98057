import { groupBy } from "../base/group-by.ts";
import type { StepReport } from "../record/record.ts";
import { mean } from "./statistics.ts";

/** What one arm of a run has come to. */
export interface ArmOutcome {
  arm: string;
  /** Mean reward of the rollouts; NaN: not logged. */
  reward: number;
  /** Mean share of its ratios that were clipped, 0 to 1; NaN: not logged. */
  clipped: number;
}

/**
 * Reward and clipped share of each arm over the steps that are given: of the reward every rollout
 * counts once, for all its steps log the same.
 */
export const armOutcomes = (reports: readonly StepReport[]): ArmOutcome[] =>
  [...groupBy(reports, ({ arm }) => arm)].map(([arm, own]) => {
    const rollouts = new Map(own.map(({ generation, metrics }) => [generation, metrics.reward]));
    return {
      arm,
      reward: mean([...rollouts.values()].filter(isKnown)),
      clipped: mean(own.map(({ metrics }) => metrics["clip_ratio/region_mean"]).filter(isKnown)),
    };
  });

const isKnown = (value: number | undefined): value is number => Number.isFinite(value);
