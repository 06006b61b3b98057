import type { StepRecord } from "../../engine/record.ts";

/** Which rows the figures show: the completions of one prompt, or the whole batch. */
export type GroupChoice = number | "all";

export const ROW_ORDERS = ["advantage", "reward", "drift", "generation"] as const;
export type RowOrder = (typeof ROW_ORDERS)[number];

export const ROW_ORDER_LABELS: Readonly<Record<RowOrder, string>> = {
  advantage: "advantage",
  reward: "reward",
  drift: "|s − 1|",
  generation: "as generated",
};

/** The prompt groups of the batch, in the order they first appear. */
export function groupsOf(record: StepRecord): readonly number[] {
  return [...new Set(record.group)];
}

/** Rows of a group in the batch; the whole batch when the group has fewer than two rows here. */
export function shownRows(
  record: StepRecord,
  choice: GroupChoice,
): { rows: readonly number[]; whole: boolean } {
  const all = Array.from({ length: record.rows }, (_, row) => row);
  if (choice === "all") return { rows: all, whole: true };
  const rows = all.filter((row) => record.group[row] === choice);
  return rows.length < 2 ? { rows: all, whole: true } : { rows, whole: false };
}

/** Largest first; rows that tie stay as generated. */
export function orderRows(
  record: StepRecord,
  rows: readonly number[],
  order: RowOrder,
): readonly number[] {
  if (order === "generation") return rows;
  const key: Record<Exclude<RowOrder, "generation">, (row: number) => number> = {
    advantage: (row) => record.advantage[row]!,
    reward: (row) => record.reward[row]!,
    drift: (row) => Math.abs(record.sequenceRatio[row]! - 1),
  };
  const value = key[order];
  return rows.toSorted((a, b) => rank(value(b)) - rank(value(a)) || a - b);
}

const rank = (value: number) => (Number.isNaN(value) ? -Number.MAX_VALUE : value);

/** Tokens of a row that count in the loss. */
export function maskedLength(record: StepRecord, row: number): number {
  let sum = 0;
  for (let t = 0; t < record.columns; t++) sum += record.mask[row * record.columns + t]!;
  return sum;
}

/** Tokens of a row that token-level clipping cuts off. */
export function clippedTokens(record: StepRecord, row: number): number {
  let sum = 0;
  for (let t = 0; t < record.columns; t++) sum += record.tokenClipped[row * record.columns + t]!;
  return sum;
}

/** Columns to draw: all that are possible when they are few, else what the batch needs, in eights. */
export function shownColumns(record: StepRecord): number {
  if (record.columns <= 24) return record.columns;
  const longest = record.length.reduce((max, length) => Math.max(max, length), 1);
  return Math.min(record.columns, 8 * Math.ceil(longest / 8));
}

/** A token as the figures print it. */
export function tokenText(vocabulary: readonly string[], id: number): string {
  if (id === EOS) return "\u23ce";
  return vocabulary[id] ?? `#${id}`;
}

// Every task's vocabulary starts with padding, end-of-sequence, unknown.
const EOS = 1;
