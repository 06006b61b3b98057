import { maskedLength } from "../analysis/rows.ts";
import type { StepRecord } from "../record/record.ts";
import type { Series } from "./experiment.ts";
import { Moments, slope } from "../analysis/statistics.ts";
import type { Tally } from "./tally.ts";

/** A length counts where so many rows have it. */
const FEWEST_ROWS = 20;

/** One completion: its tokens that count, and how far their log-probabilities moved. */
export interface Row {
  /** Its place in the record. */
  row: number;
  /** T, tokens that count in the loss; at least 1. */
  length: number;
  /** Log-ratios of its tokens, nats; their mean is the log of the sequence ratio. */
  logRatios: Float32Array;
  mean: number;
}

/** The rows of a record that have tokens. */
export function rowsOf(record: StepRecord): Row[] {
  const { rows, columns, mask, logRatio } = record;
  return Array.from({ length: rows }, (_, row) => row).flatMap((row) => {
    const length = maskedLength(record, row);
    if (length === 0) return [];
    const from = row * columns;
    const logRatios = logRatio
      .subarray(from, from + columns)
      .filter((_, column) => mask[from + column] === 1);
    const mean = logRatios.reduce((sum, value) => sum + value, 0) / length;
    return [{ row, length, logRatios, mean }];
  });
}

/** Spreads of a quantity by the length of the row that it belongs to. */
export class ByLength {
  readonly #moments = new Map<number, Moments>();

  add(length: number, value: number): void {
    let moments = this.#moments.get(length);
    if (moments === undefined) this.#moments.set(length, (moments = new Moments()));
    moments.add(value);
  }

  /** Standard deviation by length. */
  series(): Series {
    return [...this.#moments]
      .filter(([, { n }]) => n >= FEWEST_ROWS)
      .map(([length, { deviation }]) => [length, deviation] as const)
      .toSorted(([a], [b]) => a - b);
  }
}

/** The power of the length that a series follows: the slope of its logarithms. NaN under two lengths. */
export const exponentOf = (series: Series): number =>
  slope(
    series
      .filter(([, value]) => value > 0)
      .map(([length, value]) => [Math.log(length), Math.log(value)] as const),
  );

/** Notes a series, and the power of the length that it follows. */
export function noteByLength(tally: Tally, name: string, series: Series): void {
  for (const [length, value] of series) tally.at(name, length, value);
  tally.set(`exponent/${name}`, exponentOf(series));
}
