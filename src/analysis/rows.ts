import { EOS, PAD, SPECIAL, UNK } from "../tasks/task.ts";
import type { StepRecord } from "../record/record.ts";

/**
 * Which rows the figures show: the completions of one prompt, of the prompt that shows the most, or
 * the whole batch.
 */
export type GroupChoice = number | "telling" | "all";

export const ROW_ORDERS = ["advantage", "reward", "drift", "generation"] as const;
export type RowOrder = (typeof ROW_ORDERS)[number];

export const ROW_ORDER_LABELS: Readonly<Record<RowOrder, string>> = {
  advantage: "advantage",
  reward: "reward",
  drift: "|s − 1|",
  generation: "as generated",
};

/** The prompt groups of the batch, by number: a group keeps its place while batches change. */
export function groupsOf(record: StepRecord): readonly number[] {
  return [...new Set(record.group)].toSorted((a, b) => a - b);
}

export interface ShownRows {
  rows: readonly number[];
  /** Whose rows they are. */
  group: number | "all";
}

/**
 * Rows of a group in the batch. Mini-batches cut groups: one with fewer than two rows here gives
 * way to the next that has two, and where there is none, to the whole batch.
 */
export function shownRows(record: StepRecord, choice: GroupChoice): ShownRows {
  const all = Array.from({ length: record.rows }, (_, row) => row);
  if (choice === "all") return { rows: all, group: "all" };
  if (choice === "telling") return shownRows(record, informativeGroup(record));
  const groups = groupsOf(record);
  const from = Math.max(
    0,
    groups.findIndex((group) => group >= choice),
  );
  for (const group of [choice, ...groups.slice(from), ...groups.slice(0, from)]) {
    const rows = all.filter((row) => record.group[row] === group);
    if (rows.length >= 2) return { rows, group };
  }
  return { rows: all, group: "all" };
}

/**
 * The group to look at: one that is pushed at all, of those one that is pushed both ways with many
 * rows, and of those the one whose tokens have the most room to move: unlikely ones under large
 * advantages. Nothing of it depends on the inner step, so that the same rows stay in view over k.
 */
function informativeGroup(record: StepRecord): number {
  const ranked = groupsOf(record).map((group) => {
    const rows = Array.from(record.group.keys()).filter((row) => record.group[row] === group);
    const advantages = rows.map((row) => record.advantage[row]!);
    const learns = advantages.some((advantage) => advantage !== 0);
    const bothWays = Math.min(...advantages) < 0 && Math.max(...advantages) > 0;
    const size = (learns ? record.rows : 0) + rows.length + (bothWays ? 2 : 0);
    return { group, size, room: rows.reduce((sum, row) => sum + roomToMove(record, row), 0) };
  });
  return ranked.reduce((best, each) =>
    each.size > best.size || (each.size === best.size && each.room > best.room) ? each : best,
  ).group;
}

/** |A| times the mean of −log π_old over the row's tokens: a sure token's ratio hardly moves. */
function roomToMove(record: StepRecord, row: number): number {
  let sum = 0;
  for (let i = row * record.columns; i < (row + 1) * record.columns; i++) {
    if (record.mask[i]) sum -= record.logpOld[i]!;
  }
  return (Math.abs(record.advantage[row]!) * sum) / Math.max(1, maskedLength(record, row));
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
export const maskedLength = (record: StepRecord, row: number): number =>
  rowSums(maskedLengths, record, record.mask)[row]!;

/** Tokens of a row that token-level clipping cuts off. */
export const clippedTokens = (record: StepRecord, row: number): number =>
  rowSums(clippedCounts, record, record.tokenClipped)[row]!;

// Records never change, and every view asks for these again and again.
const maskedLengths = new WeakMap<StepRecord, Uint32Array>();
const clippedCounts = new WeakMap<StepRecord, Uint32Array>();

function rowSums(
  known: WeakMap<StepRecord, Uint32Array>,
  record: StepRecord,
  counts: Uint32Array,
): Uint32Array {
  const found = known.get(record);
  if (found !== undefined) return found;
  const { rows, columns } = record;
  const sums = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) sum += counts[i]!;
    sums[row] = sum;
  }
  known.set(record, sums);
  return sums;
}

/** Columns to draw: all that are possible when they are few, else what the batch needs, in eights. */
export function shownColumns(record: StepRecord): number {
  if (record.columns <= 24) return record.columns;
  const longest = record.length.reduce((max, length) => Math.max(max, length), 1);
  return Math.min(record.columns, 8 * Math.ceil(longest / 8));
}

/** Tokens that stand for no text: the sign that is printed, and what it is in words. */
const RESERVED: ReadonlyMap<number, { sign: string; name: string }> = new Map([
  [PAD, { sign: "\u25a1", name: "padding token, no text" }],
  [EOS, { sign: "\u23ce", name: "end-of-sequence token" }],
  [UNK, { sign: "\ufffd", name: "unknown token, no text" }],
]);

/** What a token is that stands for no text; null: it is text. */
export const reservedName = (id: number): string | null => RESERVED.get(id)?.name ?? null;

/** A token whose sign says nothing by itself: padding that was sampled, or one that is not known. */
export const textless = (id: number): "textless" | "unknown" | null =>
  id === PAD ? "textless" : id === UNK ? "unknown" : null;

/** The signs that stand for them. */
export const TEXTLESS_SIGNS = {
  textless: RESERVED.get(PAD)!.sign,
  unknown: RESERVED.get(UNK)!.sign,
} as const;

/** A token as the figures print it. */
export const tokenText = (vocabulary: readonly string[], id: number): string =>
  RESERVED.get(id)?.sign ?? vocabulary[id] ?? `#${id}`;

/** A token as it is said: what stands for no text by its name. */
export const tokenName = (vocabulary: readonly string[], id: number): string =>
  reservedName(id) ?? tokenText(vocabulary, id);

/** A part of a completion, and what it is where it stands for no text. */
export interface TextPart {
  text: string;
  name: string | null;
}

const RESERVED_TEXTS = new RegExp(`(${SPECIAL.join("|")})`);

/** A completion's text with the signs of what is no text. */
export const textParts = (completion: string): TextPart[] =>
  completion
    .split(RESERVED_TEXTS)
    .filter((part) => part !== "")
    .map((part) => {
      const found = RESERVED.get(SPECIAL.findIndex((text) => text === part));
      return { text: found?.sign ?? part, name: found?.name ?? null };
    });
