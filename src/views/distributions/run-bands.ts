import type { HistoryPoint } from "../../store/run/history.ts";
import { LINE_LIMIT } from "../../store/charts/line.ts";
import { axisWindow } from "../../analysis/log-axis.ts";

/** Quantiles of one level's ratio at one step, in natural log. */
export interface BandPoint {
  step: number;
  /** 5, 25, 50, 75 and 95 %. */
  at: readonly [number, number, number, number, number];
}

/** The clip limits from a step on, in natural log; null for a loss without a hard clip. */
export interface LimitChange {
  step: number;
  limits: readonly [number, number] | null;
}

export interface RunBands {
  points: readonly BandPoint[];
  /** The first step's limits, and each step that brought others. */
  limits: readonly LimitChange[];
  /** Half-width of the axis in natural log. */
  window: number;
  /** Widest bin that a quantile was read from, in natural log. */
  binWidth: number;
}

/**
 * The ratio's quantiles over a run, of the arm's steps with this k (null takes all): every n-th step
 * so that at most LINE_LIMIT remain. Steps without quantiles are left out.
 */
export function runBands(
  history: readonly HistoryPoint[],
  arm: string,
  level: "token" | "sequence",
  innerStep: number | null,
): RunBands {
  const chosen = history.filter((point) => innerStep === null || point.innerStep === innerStep);
  const stride = Math.max(1, Math.ceil(chosen.length / LINE_LIMIT));
  const points: BandPoint[] = [];
  let binWidth = 0;
  chosen.forEach(({ step, metrics }, i) => {
    const own = metrics[arm];
    if (own === undefined || (i % stride !== 0 && i !== chosen.length - 1)) return;
    const log = (name: string): number => Math.log(own[`ratio/${name}`] ?? NaN);
    const at = [
      log(`${level}_p05`),
      log(`${level}_p25`),
      log(`${level}_p50`),
      log(`${level}_p75`),
      log(`${level}_p95`),
    ] as const;
    if (!at.every(Number.isFinite)) return;
    points.push({ step, at });
    binWidth = Math.max(binWidth, own["ratio/bin_width"] ?? 0);
  });
  const limits = limitChanges(history, arm, level);
  const extent = Math.max(
    0.02,
    ...points.flatMap(({ at }) => [-at[0], at[4]]),
    // A wide band may stand at the edge of the plot; it need not widen it without end.
    ...limits.map((each) => (each.limits === null ? 0 : Math.min(0.42, 1.1 * each.limits[1]))),
  );
  return { points, limits, window: axisWindow(extent), binWidth };
}

function limitChanges(
  history: readonly HistoryPoint[],
  arm: string,
  level: "token" | "sequence",
): LimitChange[] {
  const changes: LimitChange[] = [];
  for (const { step, metrics } of history) {
    const own = metrics[arm];
    // Steps of older runs have one pair of limits, by which both levels were judged.
    const high = own?.[`ratio/${level}_limit_high`] ?? own?.["ratio/limit_high"];
    const low = own?.[`ratio/${level}_limit_low`] ?? own?.["ratio/limit_low"];
    if (high === undefined || low === undefined) continue;
    // 1 − ε may be 0 or less: then nothing is too low.
    const limits = Number.isNaN(high)
      ? null
      : ([low > 0 ? Math.log(low) : -Infinity, Math.log(high)] as const);
    const before = changes.at(-1);
    if (before === undefined || String(before.limits) !== String(limits)) {
      changes.push({ step, limits });
    }
  }
  return changes;
}
