import type { ClipLevel, StepRecord } from "../record/record.ts";

/** The ratios that a level clips by: of tokens in the loss, of rows that have one. */
export function eachRatio(
  record: StepRecord,
  level: ClipLevel,
  take: (ratio: number, row: number, clipped: boolean) => void,
): void {
  const { rows, columns, mask, tokenRatio, sequenceRatio, tokenClipped, sequenceClipped } = record;
  for (let row = 0; row < rows; row++) {
    const at = row * columns;
    if (level !== "token") {
      if (mask.subarray(at, at + columns).includes(1)) {
        take(sequenceRatio[row]!, row, sequenceClipped[row] === 1);
      }
      continue;
    }
    for (let i = at; i < at + columns; i++) {
      if (mask[i] === 1) take(tokenRatio[i]!, row, tokenClipped[i] === 1);
    }
  }
}
