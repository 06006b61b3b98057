import type { Level } from "../../config/types.ts";
import { secondsOf } from "../../runs/columns.ts";
import type { StepReport } from "../../record/record.ts";

/** One optimizer step of every arm: what the charts draw. */
export interface HistoryPoint {
  step: number;
  generation: number;
  /** k, optimizer steps since the rollout. */
  innerStep: number;
  /** TRL's metric names and ours, by arm. */
  metrics: Readonly<Record<string, Metrics>>;
  /** The level that drove each arm. */
  levels: Readonly<Record<string, Level>>;
  /** Seconds of training up to the end of this step, by arm: the sum of `step_time`. */
  seconds: Readonly<Record<string, number>>;
}

export type Metrics = Readonly<Record<string, number>>;

/** Points kept in memory, about 4 MiB at 60 metrics and two arms. */
export const HISTORY_LIMIT = 4000;

/**
 * The history with the reports added, at most `limit` points. Beyond that the older half loses
 * every second generation: whole generations, so that every inner step k stays represented.
 */
export function appendHistory(
  history: readonly HistoryPoint[],
  reports: readonly StepReport[],
  levelOf: (arm: string) => Level,
  limit = HISTORY_LIMIT,
): readonly HistoryPoint[] {
  if (reports.length === 0) return history;
  const points = [...history];
  for (const { arm, step, generation, innerStep, metrics } of reports) {
    const at = points.findLastIndex((point) => point.step <= step);
    const found = points[at];
    const before = found?.step === step ? points[at - 1] : found;
    const seconds = (before?.seconds[arm] ?? 0) + secondsOf(metrics);
    if (found?.step === step) {
      points[at] = {
        ...found,
        metrics: { ...found.metrics, [arm]: metrics },
        levels: { ...found.levels, [arm]: levelOf(arm) },
        seconds: { ...found.seconds, [arm]: seconds },
      };
    } else {
      const fresh = { step, generation, innerStep, metrics: { [arm]: metrics } };
      const facts = { levels: { [arm]: levelOf(arm) }, seconds: { [arm]: seconds } };
      points.splice(at + 1, 0, { ...fresh, ...facts });
    }
  }
  return points.length > limit ? thin(points) : points;
}

/** `appendHistory` for the many reports of a stored run, as if they had come one by one. */
export function appendAll(
  history: readonly HistoryPoint[],
  reports: readonly StepReport[],
  levelOf: (arm: string) => Level,
): readonly HistoryPoint[] {
  let points = history;
  for (let from = 0; from < reports.length; from += CHUNK) {
    points = appendHistory(points, reports.slice(from, from + CHUNK), levelOf);
  }
  return points;
}

/** Reports taken in at once: few enough that one thinning makes room for them. */
const CHUNK = 1000;

function thin(points: readonly HistoryPoint[]): HistoryPoint[] {
  const half = Math.floor(points.length / 2);
  let rank = -1;
  let generation = Number.NaN;
  return points.filter((point, index) => {
    if (index >= half) return true;
    if (point.generation !== generation) {
      generation = point.generation;
      rank++;
    }
    return rank % 2 === 0;
  });
}
