import type { GRPOConfig, RunConfig } from "./types.ts";

/** More than any cluster has. */
export const MOST_PROCESSES = 65_536;

/** Whether a number can be one of processes. */
export const isProcessCount = (count: number): boolean =>
  Number.isInteger(count) && count >= 1 && count <= MOST_PROCESSES;

type Launched = Pick<GRPOConfig, "num_processes">;

/** Processes that train together. */
export const processesOf = ({ num_processes: processes = 1 }: Launched): number => processes;

/**
 * Completions of one micro-batch, of all processes together. The page trains them in one: TRL
 * averages the gradients of its processes, so that comes to the same loss, but for bnpo's token
 * mean, which each process takes over its own rows.
 */
export const microBatchRows = (
  config: Launched & Pick<GRPOConfig, "per_device_train_batch_size">,
): number => config.per_device_train_batch_size * processesOf(config);

/** Completions of one batch of an evaluation, of all processes together. */
export const evaluationRows = (
  config: Launched & Pick<GRPOConfig, "per_device_eval_batch_size">,
): number => config.per_device_eval_batch_size * processesOf(config);

/** "4 processes", for sentences. */
export const processCount = (processes: number): string =>
  processes === 1 ? "1 process" : `${processes} processes`;

/** Sizes that count the rows of one process. */
const PER_DEVICE = ["per_device_train_batch_size", "per_device_eval_batch_size"] as const;

/**
 * A run of before num_processes was a field, as browsers and files keep it: its batch sizes are those
 * of all processes, and how many these are stands beside them. It trains as it stands.
 */
export type FormerRun = RunConfig & { processes?: number };

/** The same for exports and links; one whose batches its processes cannot share is that of one. */
export function currentRun({ processes = 1, ...run }: FormerRun): RunConfig {
  return processes === 1 ? run : (shared(run, processes) ?? run);
}

/** The run with its batch sizes divided among its processes; null where that leaves no whole rows. */
export function shared(run: RunConfig, processes: number): RunConfig | null {
  const divided = (config: Partial<GRPOConfig>) =>
    Object.fromEntries(
      PER_DEVICE.flatMap((name) =>
        name in config ? [[name, (config[name] ?? 0) / processes]] : [],
      ),
    ) as Partial<GRPOConfig>;
  const made: RunConfig = {
    ...run,
    grpo: { ...run.grpo, ...divided(run.grpo), num_processes: processes },
    arms: run.arms.map((arm) => ({
      ...arm,
      overrides: { ...arm.overrides, ...divided(arm.overrides) },
    })),
  };
  const configs = [made.grpo, ...made.arms.map(({ overrides }) => overrides)];
  const whole = configs.every((config) =>
    PER_DEVICE.every((name) => Number.isInteger(config[name] ?? 1)),
  );
  return whole ? made : null;
}
