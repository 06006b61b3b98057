import type { StepRecord } from "../record/record.ts";
import { clippedTokens, maskedLength, shownRows, type GroupChoice } from "./rows.ts";

/** One completion, as the table prints it. */
export interface CompletionRow {
  row: number;
  prompt: string;
  completion: string;
  /** In the order of `record.rewardNames`. */
  rewards: readonly number[];
  reward: number;
  advantage: number;
  length: number;
  ended: boolean;
  sequenceRatio: number;
  clippedTokens: number;
  countedTokens: number;
  rowClipped: boolean;
}

/** What the table can be sorted by; the index of a reward function counts as well. */
export type SortKey =
  | "row"
  | "prompt"
  | "completion"
  | "reward"
  | "advantage"
  | "length"
  | "ended"
  | "sequenceRatio"
  | "clippedTokens"
  | "rowClipped"
  | number;

export interface Sorting {
  by: SortKey;
  ascending: boolean;
}

/** The completions of the shown group, as rows of the table. */
export function completionRows(record: StepRecord, group: GroupChoice): CompletionRow[] {
  return shownRows(record, group).rows.map((row) => ({
    row,
    prompt: record.prompt[row] ?? "",
    completion: record.completion[row] ?? "",
    rewards: record.rewards.map((values) => values[row] ?? Number.NaN),
    reward: record.reward[row] ?? Number.NaN,
    advantage: record.advantage[row] ?? Number.NaN,
    length: record.length[row] ?? 0,
    ended: record.truncated[row] === 0,
    sequenceRatio: record.sequenceRatio[row] ?? Number.NaN,
    clippedTokens: clippedTokens(record, row),
    countedTokens: maskedLength(record, row),
    rowClipped: record.sequenceClipped[row] === 1,
  }));
}

/** The rows in order; rows that tie stay as generated, and NaN comes last. */
export function sorted(rows: readonly CompletionRow[], { by, ascending }: Sorting) {
  const value = (row: CompletionRow) => (typeof by === "number" ? row.rewards[by] : row[by]);
  const sign = ascending ? 1 : -1;
  return rows.toSorted((a, b) => {
    const [left, right] = [value(a), value(b)];
    if (typeof left === "string" && typeof right === "string") {
      return sign * left.localeCompare(right);
    }
    const [first, second] = [Number(left), Number(right)];
    if (Number.isNaN(first) || Number.isNaN(second)) {
      return Number(Number.isNaN(first)) - Number(Number.isNaN(second));
    }
    return sign * (first - second);
  });
}
