import type { StepRecord } from "../record/record.ts";
import type { RetainedStep } from "../record/retained-records.ts";
import type { Selection } from "./selection.ts";

/** One token's two ratios at one inner step. */
export interface AcrossPoint {
  k: number;
  step: number;
  r: number;
  s: number;
}

/**
 * The pinned token at every kept inner step of its rollout that learnt from the same completion: all
 * of them where num_iterations goes through the rollout again, one where each step has its own rows.
 */
export function acrossInnerSteps(
  kept: readonly RetainedStep[],
  record: StepRecord,
  at: Selection,
): AcrossPoint[] {
  return kept.flatMap(({ generation, innerStep, step, records }) => {
    const other = records[record.arm];
    if (generation !== record.generation || other === undefined) return [];
    const row = sameRow(record, at.row, other);
    if (row < 0) return [];
    const index = row * other.columns + at.token;
    return [{ k: innerStep, step, r: other.tokenRatio[index]!, s: other.sequenceRatio[row]! }];
  });
}

/** The row of `other` that is row `row` of `record`: old log-probs tell even equal texts apart. */
function sameRow(record: StepRecord, row: number, other: StepRecord): number {
  if (other === record) return row;
  const { columns } = record;
  if (other.columns !== columns) return -1;
  for (let candidate = 0; candidate < other.rows; candidate++) {
    let same = other.group[candidate] === record.group[row];
    for (let t = 0; same && t < columns; t++) {
      const [a, b] = [row * columns + t, candidate * columns + t];
      same = record.tokens[a] === other.tokens[b] && record.logpSampled[a] === other.logpSampled[b];
    }
    if (same) return candidate;
  }
  return -1;
}
