import { warmupSteps } from "../config/warmup.ts";
import { scheduleMultiplier } from "../config/schedules.ts";
import { type OnCase, Tally, type VectorReport } from "./report.ts";

export interface SchedulesFile {
  cases: {
    scheduler: string;
    num_warmup_steps: number;
    num_training_steps: number;
    kwargs: Record<string, number | string>;
    base_lr: number;
    multipliers?: number[];
    /** The exception that transformers raised instead. */
    error?: string;
  }[];
  warmup_steps_to_int: { warmup_steps: number; num_training_steps: number; result: number }[];
  warmup_ratio_4_57_6: {
    values: {
      warmup_steps: number;
      warmup_ratio: number;
      num_training_steps: number;
      result: number;
    }[];
  };
}

/** Both sides are float64; the file keeps twelve digits. */
const ALLOWED = 1e-11;

/** transformers' get_scheduler and get_warmup_steps against the trainer's schedules. */
export async function runSchedules(file: SchedulesFile, onCase?: OnCase): Promise<VectorReport> {
  const tally = new Tally("schedules", onCase);

  for (const one of file.cases) {
    const { scheduler, kwargs, multipliers } = one;
    const run = { warmup: one.num_warmup_steps, total: one.num_training_steps, base: one.base_lr };
    const name = `${scheduler} ${JSON.stringify({ ...kwargs, ...run })}`;
    await tally.case(name, () => {
      const at = (step: number) => scheduleMultiplier(scheduler, kwargs, step, run);
      if (!multipliers) return mustThrow(() => at(run.total), one.error);
      multipliers.forEach((expected, step) => {
        tally.check("multiplier", Math.abs(at(step) - expected), ALLOWED);
      });
    });
  }

  const warmups = [
    ...file.warmup_steps_to_int.map((one) => ({ ...one, warmup_ratio: 0 })),
    ...file.warmup_ratio_4_57_6.values,
  ];
  for (const { result, num_training_steps, ...fields } of warmups) {
    const name = `warmup of ${JSON.stringify(fields)} in ${num_training_steps} steps`;
    await tally.case(name, () => {
      const steps = warmupSteps(fields, num_training_steps);
      tally.check("warmup_steps", Math.abs(steps - result), 0);
    });
  }
  return tally.report();
}

function mustThrow(body: () => unknown, theirs: string | undefined) {
  try {
    body();
  } catch {
    return;
  }
  throw new Error(`nothing is thrown where transformers raises ${theirs}`);
}
