import type { StepRecord } from "../record/record.ts";

/** The token of the batch whose ratio is furthest from 1; the first one where none has moved. */
export function driftingToken({ logRatio, mask, columns }: StepRecord): {
  row: number;
  token: number;
} {
  let furthest = 0;
  for (let index = 0; index < logRatio.length; index++) {
    if (mask[index] === 1 && Math.abs(logRatio[index] ?? 0) > Math.abs(logRatio[furthest] ?? 0)) {
      furthest = index;
    }
  }
  return { row: Math.floor(furthest / columns), token: furthest % columns };
}
