import type { RunConfig } from "../types.ts";

/**
 * The run that the page trains: one process that takes the whole batch. TRL averages the gradients
 * of its processes, so rows of all of them in one micro-batch come to the same loss; only bnpo's
 * token mean, which each process takes over its own rows, is then taken over all.
 */
export const toyRun = (run: RunConfig, processes: number): RunConfig => ({
  ...run,
  grpo: {
    ...run.grpo,
    per_device_train_batch_size: run.grpo.per_device_train_batch_size * processes,
    per_device_eval_batch_size: run.grpo.per_device_eval_batch_size * processes,
  },
});
