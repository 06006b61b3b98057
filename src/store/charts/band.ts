import type { Line } from "./line.ts";

/** What the band around a mean spans: all values, or one standard deviation to either side. */
export const BANDS = ["range", "sd"] as const;
export type BandKind = (typeof BANDS)[number];

export interface BandPoint {
  x: number;
  step: number;
  mean: number;
  low: number;
  high: number;
}

/**
 * The mean of several lines with its band, at the steps where every line has a value: a mean over
 * those that happen to have come further would jump where one ends. `x` is the mean of theirs.
 * The deviation is the sample's, n − 1.
 */
export function meanBand(lines: readonly Line[], kind: BandKind): BandPoint[] {
  const [first, ...others] = lines;
  if (first === undefined) return [];
  const rest = others.map((line) => new Map(line.map((point) => [point.step, point])));
  return first.flatMap((point) => {
    const points = [point, ...rest.map((line) => line.get(point.step))];
    const values = points.flatMap((each) => (each?.y === undefined ? [] : [each.y]));
    if (values.length < lines.length) return [];
    const mean = average(values);
    const x = average(points.map((each) => each!.x));
    if (kind === "range") {
      const [low, high] = [Math.min(...values), Math.max(...values)];
      return [{ x, step: point.step, mean, low, high }];
    }
    const sd = deviation(values, mean);
    return [{ x, step: point.step, mean, low: mean - sd, high: mean + sd }];
  });
}

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function deviation(values: readonly number[], mean: number): number {
  if (values.length < 2) return 0;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
