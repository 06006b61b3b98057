import { runFrom } from "../../src/config/run-from.ts";
import type { ArmConfig, GRPOConfig, Level, RunConfig } from "../../src/config/types.ts";
import { recordToJson, type StepRecord } from "../../src/record/record.ts";

/** An arm that is named after its level. */
export const armAt = (level: Level, overrides: Partial<GRPOConfig> = {}): ArmConfig => ({
  name: level,
  overrides: { importance_sampling_level: level, ...overrides },
});

/**
 * A policy of some thousand random weights that learns to sort up to three digits, in groups of 8
 * completions of 4 tokens unless `grpo` says otherwise.
 */
export function smallRun(
  grpo: Partial<GRPOConfig>,
  arms: readonly ArmConfig[] = [armAt("token")],
): RunConfig {
  const run = runFrom("from-scratch", { seed: 5, set: { task: "sort", difficulty: "3" } });
  const policy = { ...run.policy, layers: 1, width: 24, heads: 2, kvHeads: 1, hidden: 64 };
  const small = { per_device_train_batch_size: 8, num_generations: 8, max_completion_length: 4 };
  return { ...run, arms, policy, grpo: { ...run.grpo, ...small, ...grpo } };
}

/** Rollouts of 3 micro-batches, steps of 4: steps begin and end in the middle of a rollout. */
export const MISALIGNED: Partial<GRPOConfig> = {
  per_device_train_batch_size: 8,
  gradient_accumulation_steps: 4,
  steps_per_generation: 3,
  num_generations: 4,
  num_iterations: 1,
};

/** All of a record, bit for bit, but what the clock measured. */
export const content = ({ metrics, ...rest }: StepRecord): string => {
  const steady = Object.entries(metrics).filter(([name]) => !name.includes("time"));
  return JSON.stringify(recordToJson({ ...rest, metrics: Object.fromEntries(steady) }));
};
