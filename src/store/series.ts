import type { HistoryPoint } from "./history.ts";

/** Most points a chart draws for one arm. */
export const SERIES_LIMIT = 500;

export interface SeriesPoint {
  step: number;
  /** By arm; absent where the metric is undefined. */
  [arm: string]: number | undefined;
}

/** Which of a history's points a chart shows. */
export interface SeriesSelection {
  metric: (metrics: Readonly<Record<string, number>>) => number | undefined;
  /** Only optimizer steps with this k; null takes all. */
  innerStep: number | null;
}

/**
 * The points of one chart: every n-th of those selected, so that at most SERIES_LIMIT remain. The
 * choice goes by position from the start, so lines do not change shape while they grow.
 */
export function series(
  history: readonly HistoryPoint[],
  { metric, innerStep }: SeriesSelection,
  limit = SERIES_LIMIT,
): SeriesPoint[] {
  const chosen =
    innerStep === null ? history : history.filter((point) => point.innerStep === innerStep);
  let stride = 1;
  while (Math.ceil(chosen.length / stride) + 1 > limit) stride *= 2;
  return chosen
    .filter((_, index) => index % stride === 0 || index === chosen.length - 1)
    .map(({ step, metrics }) => ({
      step,
      ...Object.fromEntries(
        Object.entries(metrics).map(([arm, values]) => [arm, finite(metric(values))]),
      ),
    }));
}

const finite = (value: number | undefined): number | undefined =>
  value !== undefined && Number.isFinite(value) ? value : undefined;

/**
 * An upper or lower end for an axis: the first of 1, 2, 2.5, 5 × 10ⁿ at or beyond `value` (away
 * from 0). With the end before it as floor, an axis only ever grows.
 */
export function axisEnd(value: number, before: number): number {
  if (!Number.isFinite(value) || Math.abs(value) <= Math.abs(before)) return before;
  const size = 10 ** Math.floor(Math.log10(Math.abs(value)));
  const step = [1, 2, 2.5, 5, 10].find((each) => Math.abs(value) <= each * size * (1 + 1e-9)) ?? 10;
  return Math.sign(value) * step * size;
}
