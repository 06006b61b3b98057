import { armConfig, type Level, type RunConfig } from "../config/types.ts";
import { groupBy } from "../base/group-by.ts";
import type { StepReport } from "../record/record.ts";

/** What one arm of a run logged, as columns: one entry an optimizer step, in order of step. */
export interface ArmColumns {
  arm: string;
  /** The level that drives it, as the run was loaded. */
  level: Level;
  steps: Float64Array;
  innerSteps: Float64Array;
  /** Seconds of training up to the end of each step: the sum of `step_time`. */
  seconds: Float64Array;
  /** By metric name; NaN where a step did not log it. */
  metrics: ReadonlyMap<string, Float64Array>;
}

/** The reports of a run, every step and arm, as columns: small, and quick to draw. */
export function columnsOf(reports: readonly StepReport[], run: RunConfig): ArmColumns[] {
  const byArm = groupBy(reports, ({ arm }) => arm);
  return run.arms.flatMap((arm) => {
    const own = byArm.get(arm.name)?.toSorted((a, b) => a.step - b.step);
    if (own === undefined) return [];
    return [
      { ...columns(own), arm: arm.name, level: armConfig(run, arm).importance_sampling_level },
    ];
  });
}

function columns(reports: readonly StepReport[]): Omit<ArmColumns, "arm" | "level"> {
  const metrics = new Map<string, Float64Array>();
  const seconds = new Float64Array(reports.length);
  let elapsed = 0;
  for (const [at, { metrics: logged }] of reports.entries()) {
    for (const [name, value] of Object.entries(logged)) {
      let column = metrics.get(name);
      if (column === undefined) {
        column = new Float64Array(reports.length).fill(Number.NaN);
        metrics.set(name, column);
      }
      column[at] = value;
    }
    elapsed += secondsOf(logged);
    seconds[at] = elapsed;
  }
  return {
    steps: Float64Array.from(reports, ({ step }) => step),
    innerSteps: Float64Array.from(reports, ({ innerStep }) => innerStep),
    seconds,
    metrics,
  };
}

/** The time that a step took; 0 where it was not logged. */
export function secondsOf(metrics: Readonly<Record<string, number>>): number {
  const time = metrics.step_time;
  return time !== undefined && Number.isFinite(time) ? time : 0;
}
