import type { GRPOConfig, RunConfig } from "./types.ts";

/** More than any cluster has. */
export const MOST_PROCESSES = 65_536;

/** Sizes that count the rows of one process. */
const PER_DEVICE = ["per_device_train_batch_size", "per_device_eval_batch_size"] as const;

/**
 * The run that the page trains: one process that takes the whole batch. TRL averages the gradients
 * of its processes, so rows of all of them in one micro-batch come to the same loss; only bnpo's
 * token mean, which each process takes over its own rows, is then taken over all.
 */
export function toyRun({ processes: _, ...run }: RunConfig, processes: number): RunConfig {
  if (processes === 1) return run;
  const sizes = PER_DEVICE.map((name) => [name, run.grpo[name] * processes] as const);
  return { ...run, processes, grpo: { ...run.grpo, ...Object.fromEntries(sizes) } };
}

/** Whether every process can have its share of the batches: the page may have changed them since. */
export const canShare = ({ processes = 1 }: RunConfig, config: GRPOConfig): boolean =>
  PER_DEVICE.every((name) => config[name] % processes === 0);

/** The configuration of one process; the whole where its rows cannot be shared among them. */
export function perProcess(run: RunConfig, config: GRPOConfig): GRPOConfig {
  const { processes = 1 } = run;
  if (!canShare(run, config)) return config;
  const sizes = PER_DEVICE.map((name) => [name, config[name] / processes] as const);
  return { ...config, ...Object.fromEntries(sizes) };
}
