import type { Finding } from "../finding.ts";
import type { StepPlan } from "../step-plan.ts";
import type { GRPOConfig, RunConfig } from "../types.ts";

/** What a rule looks at: one arm's configuration within its run. */
export interface Subject {
  config: GRPOConfig;
  plan: StepPlan;
  run: RunConfig;
}

/** A finding before it is known whose it is. */
export type Fact = Omit<Finding, "arm">;

/** One thing that a configuration may do; null where it does not. */
export type Rule = (subject: Subject) => Fact | null;

/** Whether the ratio is one per row. */
export const isSequence = ({ importance_sampling_level: level }: GRPOConfig): boolean =>
  level !== "token";

export const upperEpsilon = ({ epsilon, epsilon_high }: GRPOConfig): number =>
  epsilon_high ?? epsilon;
