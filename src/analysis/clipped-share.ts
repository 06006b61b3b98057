import type { StepRecord } from "../record/record.ts";
import { clippedTokens, maskedLength } from "./rows.ts";

/** How much clipping cuts off, weighed in both ways: a long row counts as its tokens, or as one. */
export interface ClippedShare {
  byToken: number;
  byRow: number;
}

/** Of one level, from the GPU's verdicts. */
export function clippedShare(record: StepRecord, level: "token" | "sequence"): ClippedShare {
  let [tokens, cutTokens, rows, cutRows] = [0, 0, 0, 0];
  for (let row = 0; row < record.rows; row++) {
    const length = maskedLength(record, row);
    if (length === 0) continue;
    const cut =
      level === "token" ? clippedTokens(record, row) : length * record.sequenceClipped[row]!;
    tokens += length;
    cutTokens += cut;
    rows++;
    cutRows += cut / length;
  }
  return { byToken: cutTokens / Math.max(1, tokens), byRow: cutRows / Math.max(1, rows) };
}
