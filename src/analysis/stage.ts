import type { StepRecord } from "../record/record.ts";
import { keptShare } from "./loss-mask.ts";
import { quantile } from "./quantile.ts";
import { rowWeight } from "./row-weight.ts";
import { maskedLength } from "./rows.ts";

/** The pipeline from log-ratio to gradient; keys 1–5. */
export type Stage = 1 | 2 | 3 | 4 | 5;

export interface StageFacts {
  stage: Stage;
  label: string;
  /** What the legend's bar measures. */
  quantity: string;
  /** Decimals in a cell. */
  decimals: number;
}

export const STAGES: readonly StageFacts[] = [
  { stage: 1, label: "log-ratio", quantity: "log r", decimals: 2 },
  { stage: 2, label: "ratio", quantity: "ratio", decimals: 2 },
  { stage: 3, label: "× advantage", quantity: "ratio × A", decimals: 2 },
  { stage: 4, label: "clip", quantity: "after clip", decimals: 2 },
  { stage: 5, label: "share", quantity: "gradient share", decimals: 1 },
];

/** Both figures at one stage. Values are what is printed; pushes are what is coloured. */
export interface StageValues {
  /** Figure 3. [row in `rows`][token] */
  token: readonly Float64Array[];
  /** Figure 4, one per row; at stage 1 the mean of the row's, which is not shown yet. [row in `rows`] */
  sequence: Float64Array;
  /** False at stage 1, where Figure 4 shows the same log-ratios as Figure 3. */
  merged: boolean;
}

/**
 * Values of both figures for the rows shown. Everything is a field of the record; stage 3
 * multiplies ratio and advantage, stage 5 divides by the sum over the rows shown.
 */
export function stageValues(
  record: StepRecord,
  rows: readonly number[],
  stage: Stage,
  normalised = false,
): StageValues {
  const at = STAGE_READERS[stage];
  const weight = (row: number) => (normalised && stage >= 3 ? rowWeight(record, row) : 1);
  const token = rows.map((row) => {
    const values = new Float64Array(record.columns);
    const base = row * record.columns;
    for (let t = 0; t < record.columns; t++) {
      if (record.mask[base + t]) values[t] = at.token(record, row, base + t) * weight(row);
    }
    return values;
  });
  const sequence = Float64Array.from(rows, (row) => at.sequence(record, row) * weight(row));
  if (stage === 5) {
    divide(token, sumOfMagnitudes(token));
    const total = rows.reduce(
      (sum, row, i) => sum + maskedLength(record, row) * Math.abs(sequence[i]!),
      0,
    );
    if (total > 0) for (let i = 0; i < sequence.length; i++) sequence[i]! /= total;
  }
  return { token, sequence, merged: stage !== 1 };
}

interface StageReader {
  token(record: StepRecord, row: number, index: number): number;
  sequence(record: StepRecord, row: number): number;
}

const STAGE_READERS: Readonly<Record<Stage, StageReader>> = {
  1: {
    token: (record, _, index) => record.logRatio[index]!,
    sequence: (record, row) => Math.log(record.sequenceRatio[row]!),
  },
  2: {
    token: (record, _, index) => record.tokenRatio[index]!,
    sequence: (record, row) => record.sequenceRatio[row]!,
  },
  3: {
    token: (record, row, index) => record.tokenRatio[index]! * record.advantage[row]!,
    sequence: (record, row) => record.sequenceRatio[row]! * record.advantage[row]!,
  },
  4: {
    token: (record, _, index) => record.tokenCoefficient[index]!,
    sequence: (record, row) => record.sequenceCoefficient[row]!,
  },
  // The level that trains has its gradient in the record, KL term included. For the other one the
  // coefficient times the loss type's weight of the row is the same thing without the KL term.
  5: {
    token: (record, row, index) =>
      record.level === "token"
        ? record.gradient[index]!
        : record.tokenCoefficient[index]! * rowWeight(record, row) * keptShare(record, row, index),
    sequence: (record, row) => {
      if (record.level === "token")
        return (
          record.sequenceCoefficient[row]! * rowWeight(record, row) * keptShare(record, row, null)
        );
      const base = row * record.columns;
      let sum = 0;
      for (let t = 0; t < record.columns; t++) sum += record.gradient[base + t]!;
      return sum / Math.max(1, maskedLength(record, row));
    },
  },
};

const sumOfMagnitudes = (rows: readonly Float64Array[]) =>
  rows.reduce((sum, row) => sum + row.reduce((part, value) => part + Math.abs(value), 0), 0);

function divide(rows: readonly Float64Array[], by: number): void {
  if (by > 0) for (const row of rows) for (let t = 0; t < row.length; t++) row[t]! /= by;
}

/** A printed value as a signed push: ratios are coloured by their logarithm, so that 1 is neutral. */
export const pushOf = (stage: Stage, value: number): number =>
  stage === 2 ? Math.log(value) : value;

/** Largest |difference| between the two figures over all tokens that count. Exactly 0 at k = 0. */
export function largestDifference(
  record: StepRecord,
  rows: readonly number[],
  values: StageValues,
): number {
  let largest = 0;
  rows.forEach((row, i) => {
    for (let t = 0; t < record.columns; t++) {
      if (!record.mask[row * record.columns + t]) continue;
      largest = Math.max(largest, Math.abs(values.token[i]![t]! - values.sequence[i]!));
    }
  });
  return largest;
}

/**
 * The end of the symmetric colour domain, one for both figures: the 98th percentile of |push| over
 * every cell of both, so that one outlier does not pale the rest. Never 0.
 */
export function colourDomain(
  record: StepRecord,
  rows: readonly number[],
  stage: Stage,
  values: StageValues,
): number {
  const found = new Float64Array(2 * rows.length * record.columns);
  let count = 0;
  rows.forEach((row, i) => {
    const sequence = Math.abs(pushOf(stage, values.sequence[i]!));
    for (let t = 0; t < record.columns; t++) {
      if (!record.mask[row * record.columns + t]) continue;
      const token = Math.abs(pushOf(stage, values.token[i]![t]!));
      if (Number.isFinite(token)) found[count++] = token;
      if (Number.isFinite(sequence)) found[count++] = sequence;
    }
  });
  if (count === 0) return 1;
  const sizes = found.subarray(0, count);
  const domain = quantile(sizes, 0.98);
  // Where nothing has moved at all, any width shows the same neutral cells.
  return domain > 0 ? domain : sizes.reduce((most, size) => Math.max(most, size), 0) || 1;
}
