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

const HARD_CLIP: ReadonlySet<string> = new Set(["grpo", "bnpo", "dr_grpo", "dapo", "luspo"]);

/** Whether the loss clips ratios to [1 − ε, 1 + ε]. */
export const clips = ({ loss_type }: GRPOConfig): boolean => HARD_CLIP.has(loss_type);

export const upperEpsilon = ({ epsilon, epsilon_high }: GRPOConfig): number =>
  epsilon_high ?? epsilon;
