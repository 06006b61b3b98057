/** Two-sided 95 % quantiles of Student's t, t(0.975; df), for df = 1, 2, …, 30. */
const STUDENT = [
  12.7062, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139,
  2.200985, 2.178813, 2.160369, 2.144787, 2.13145, 2.119905, 2.109816, 2.100922, 2.093024, 2.085963,
  2.079614, 2.073873, 2.068658, 2.063899, 2.059539, 2.055529, 2.051831, 2.048407, 2.04523, 2.042272,
] as const;

/** Seeds that an interval takes: a deviation needs two, the table of quantiles ends at 30 + 1. */
export const FEWEST_VALUES = 2;
export const MOST_VALUES = STUDENT.length + 1;

/** A mean over seeds with its 95 % interval, from `low` to `high`. */
export interface Interval {
  mean: number;
  low: number;
  high: number;
  /** Seeds that it rests on. */
  n: number;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Mean of one value a seed, ± t(0.975; n − 1) · s / √n, where s² = Σ(x − mean)² / (n − 1). Of the
 * differences of pairs it is the paired t interval. Null for fewer than two values; a RangeError for
 * more than the table has.
 */
export function interval(values: readonly number[]): Interval | null {
  const n = values.length;
  if (n < FEWEST_VALUES) return null;
  const t = STUDENT[n - 2];
  if (t === undefined) throw new RangeError(`no quantile for ${n} values`);
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  const half = (t * Math.sqrt(squares / (n - 1))) / Math.sqrt(n);
  return { mean: middle, low: middle - half, high: middle + half, n };
}

/**
 * How many times `above` is `below`, pair by pair: the interval of the logarithms of the quotients,
 * exponentiated, so that the mean is a geometric one. Null where a value is not above 0.
 */
export function timesInterval(above: readonly number[], below: readonly number[]): Interval | null {
  if (![...above, ...below].every((value) => value > 0)) return null;
  const logs = interval(above.map((value, i) => Math.log(value / below[i]!)));
  if (logs === null) return null;
  const { mean: middle, low, high, n } = logs;
  return { mean: Math.exp(middle), low: Math.exp(low), high: Math.exp(high), n };
}

export const contains = ({ low, high }: Interval, value: number): boolean =>
  low <= value && value <= high;

/** Slope of the least-squares line through points (x, y); NaN where all x are the same. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const [x0, y0] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const across = points.reduce((sum, [x]) => sum + (x - x0) ** 2, 0);
  if (!(across > 0)) return Number.NaN;
  return points.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0) / across;
}

/** Running count, mean and standard deviation of values. */
export class Moments {
  #n = 0;
  #mean = 0;
  #squares = 0;

  get n(): number {
    return this.#n;
  }
  /** Divided by n, from 0; NaN of nothing. */
  get deviation(): number {
    return Math.sqrt(this.#squares / this.#n);
  }

  add(value: number): void {
    const before = value - this.#mean;
    this.#mean += before / ++this.#n;
    this.#squares += before * (value - this.#mean);
  }
}
