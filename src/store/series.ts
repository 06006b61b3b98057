import type { Level } from "../config/types.ts";
import type { HistoryPoint, Metrics } from "./history.ts";

/** Most points a chart draws for one arm. */
export const SERIES_LIMIT = 500;

export interface SeriesPoint {
  step: number;
  /** By arm; absent where the metric is undefined. */
  [arm: string]: number | undefined;
}

/** Which of a history's points a chart shows. */
export interface SeriesSelection {
  read(metrics: Metrics, level: Level): number | undefined;
  /** Only optimizer steps with this k; null takes all. */
  innerStep: number | null;
  /** Leave out the steps at which no arm has a value. */
  sparse?: boolean;
}

/**
 * The points of one chart: every n-th of those selected, so that at most SERIES_LIMIT remain. The
 * choice goes by position from the start, so lines do not change shape while they grow.
 */
export function series(
  history: readonly HistoryPoint[],
  { read, innerStep, sparse = false }: SeriesSelection,
  limit = SERIES_LIMIT,
): SeriesPoint[] {
  const has = ({ metrics, levels }: HistoryPoint): boolean =>
    Object.entries(metrics).some(
      ([arm, values]) => finite(read(values, levels[arm] ?? "token")) !== undefined,
    );
  const chosen = history.filter(
    (point) => (innerStep === null || point.innerStep === innerStep) && (!sparse || has(point)),
  );
  let stride = 1;
  while (Math.ceil(chosen.length / stride) + 1 > limit) stride *= 2;
  return chosen
    .filter((_, index) => index % stride === 0 || index === chosen.length - 1)
    .map(({ step, metrics, levels }) => ({
      step,
      ...Object.fromEntries(
        Object.entries(metrics).map(([arm, values]) => [
          arm,
          finite(read(values, levels[arm] ?? "token")),
        ]),
      ),
    }));
}

const finite = (value: number | undefined): number | undefined =>
  value !== undefined && Number.isFinite(value) ? value : undefined;
