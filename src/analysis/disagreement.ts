import type { StepRecord } from "../record/record.ts";

/** The share of the batch's tokens that one level clips and the other keeps, 0 to 1. */
export function disagreement({
  rows,
  columns,
  mask,
  tokenClipped,
  sequenceClipped,
}: StepRecord): number {
  let [tokens, differ] = [0, 0];
  for (let row = 0; row < rows; row++) {
    for (let i = row * columns; i < (row + 1) * columns; i++) {
      if (!mask[i]) continue;
      tokens++;
      if (tokenClipped[i] !== sequenceClipped[row]) differ++;
    }
  }
  return differ / Math.max(1, tokens);
}
