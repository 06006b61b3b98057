import type { Fact } from "../finding.ts";
import type { Launch } from "../guard.ts";
import type { StepPlan } from "../step-plan.ts";
import type { GRPOConfig, RunConfig } from "../types.ts";

/** What a rule looks at: one arm's configuration, and what of the run is the page's own. */
export interface Subject {
  config: GRPOConfig;
  plan: StepPlan;
  run: Pick<RunConfig, "task" | "difficulty" | "policy" | "datasetSize">;
  launch: Launch;
  /**
   * Whether all of these were read. What a rule says beyond its fact, a remedy's number say, can do
   * without; the fact itself is kept back without being asked.
   */
  known(...names: readonly string[]): boolean;
}

/** One thing that a configuration may do; null where it does not. */
export type Rule = (subject: Subject) => Fact | null;

/** Whether the ratio is one per row. */
export const isSequence = ({ importance_sampling_level: level }: GRPOConfig): boolean =>
  level !== "token";
