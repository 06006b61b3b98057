import { lossForm } from "../config/loss-types.ts";
import { microBatchRows } from "../config/processes.ts";
import type { StepRecord } from "../record/record.ts";
import { maskedLength } from "./rows.ts";

/** Tokens that count in the micro-batch of a row; 1 where there are none. */
export function microBatchTokens(record: StepRecord, row: number): number {
  const size = microBatchRows(record.config);
  const first = row - (row % size);
  let tokens = 0;
  for (let r = first; r < Math.min(first + size, record.rows); r++) {
    tokens += maskedLength(record, r);
  }
  return Math.max(1, tokens);
}

/** What the loss type multiplies a token of this row by, up to a factor common to the batch. */
export function rowWeight(record: StepRecord, row: number): number {
  const { row: aggregation, divisor } = lossForm(record.config);
  if (aggregation === "mean") return 1 / Math.max(1, maskedLength(record, row));
  return divisor === "micro-batch tokens" ? 1 / microBatchTokens(record, row) : 1;
}
