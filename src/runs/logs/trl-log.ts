import { combined, metricOf } from "../../record/metric-rules.ts";
import type { StepReport } from "../../record/record.ts";

/** When TRL writes a log line. */
export interface LogPlan {
  logging_steps: number;
  logging_strategy: "steps" | "epoch" | "no";
  logging_first_step: boolean;
}

/** One log line of one arm: TRL's names to numbers, null where every value was undefined. */
export interface LogLine {
  step: number;
  /** Seconds of training up to here, by the steps' own clock. */
  seconds: number;
  values: Readonly<Record<string, number | null>>;
}

const isEvaluation = (name: string): boolean => metricOf(name).from === "evaluation";

/**
 * The lines that TRL would log of one arm's steps, in order: means over the steps since the last
 * line, NaN left out; metrics of the rollout over the rollouts since then, and none where there was
 * none. TRL: `GRPOTrainer.log`; transformers: `_maybe_log_save_evaluate`.
 */
export function trlLog(reports: readonly StepReport[], plan: LogPlan): LogLine[] {
  const lines: LogLine[] = [];
  let since: StepReport[] = [];
  let seconds = 0;
  let generation = -1;
  let rollouts = new Set<StepReport>();
  for (const [index, report] of reports.entries()) {
    seconds += report.metrics.step_time ?? 0;
    since.push(report);
    if (report.generation !== generation) rollouts.add(report);
    generation = report.generation;
    if (due(report, reports[index + 1], plan)) {
      lines.push({ step: report.step, seconds, values: combine(since, rollouts) });
      since = [];
      rollouts = new Set();
    }
    const evaluated = evaluationOf(report);
    if (evaluated !== null) lines.push({ step: report.step, seconds, values: evaluated });
  }
  return lines;
}

function due(report: StepReport, next: StepReport | undefined, plan: LogPlan): boolean {
  if (report.step === 1 && plan.logging_first_step) return true;
  if (plan.logging_strategy === "steps") return report.step % plan.logging_steps === 0;
  if (plan.logging_strategy === "no") return false;
  // An epoch ends with the step that reaches a whole number; the run's end ends the last one.
  const epoch = report.metrics.epoch ?? 0;
  const perStep = epoch / report.step;
  return next === undefined || Math.floor(epoch + perStep / 2) > Math.floor(epoch - perStep / 2);
}

/** An evaluation has a line of its own, whatever logging_steps is. */
function evaluationOf({ metrics }: StepReport): Record<string, number | null> | null {
  const own = Object.entries(metrics).filter(([name]) => isEvaluation(name));
  if (own.every(([, value]) => Number.isNaN(value))) return null;
  const values = own.map(([name, value]) => [name, Number.isFinite(value) ? value : null] as const);
  return Object.fromEntries(
    metrics.epoch === undefined ? values : [...values, ["epoch", metrics.epoch]],
  );
}

/** What trackers call it, as transformers has it: `train/…`, `eval/…`. */
export const trackerName = (name: string): string =>
  name.startsWith("eval_") ? `eval/${name.slice("eval_".length)}` : `train/${name}`;

function combine(
  since: readonly StepReport[],
  rollouts: ReadonlySet<StepReport>,
): Record<string, number | null> {
  const names = new Set(since.flatMap(({ metrics }) => Object.keys(metrics)));
  const values: Record<string, number | null> = {};
  for (const name of names) {
    const { from } = metricOf(name);
    if (from === "evaluation") continue;
    const of = from === "rollout" ? since.filter((report) => rollouts.has(report)) : since;
    const all = of.flatMap(({ metrics }) => (name in metrics ? [metrics[name]!] : []));
    if (all.length === 0) continue;
    const value = combined(name, "steps", all);
    values[name] = Number.isFinite(value) ? value : null;
  }
  return values;
}
