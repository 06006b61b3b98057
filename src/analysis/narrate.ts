import type { StepRecord } from "../record/record.ts";
import { atOtherArmEpsilon, clipRule, decimalsAt, ratioAt } from "./clip-rule.ts";
import { isOnPolicy } from "./on-policy.ts";
import { clippedTokens, maskedLength } from "./rows.ts";
import { rowName } from "./selection.ts";

/** A sentence in pieces; numbers are set in the mono face. */
export interface NarrationPart {
  text: string;
  style: "plain" | "strong" | "number";
}

export interface Narration {
  parts: readonly NarrationPart[];
  /** The row it is about, null when it is about the batch. */
  row: number | null;
}

export const narrationText = ({ parts }: Narration): string =>
  parts.map(({ text }) => text).join("");

/**
 * What just happened, in words: which row moved, and what each level does with it. `among` limits
 * the rows it may choose from, e.g. to those in view.
 */
export function narrate(record: StepRecord, among?: readonly number[]): Narration {
  if (!Number.isFinite(record.metrics.loss ?? 0)) {
    return about(
      null,
      strong("The loss is not a number."),
      " The weights before this step are kept.",
    );
  }
  if (isOnPolicy(record)) {
    return about(
      null,
      strong("π is π_old, so every ratio is 1."),
      " The two figures are identical, and so is the update.",
    );
  }
  const rows = (among ?? Array.from({ length: record.rows }, (_, row) => row)).filter(
    (row) => maskedLength(record, row) > 0,
  );
  const pushed = rows.filter((row) => record.advantage[row] !== 0);
  if (pushed.length === 0) {
    return about(
      null,
      strong("No row pushes."),
      among === undefined || among.length === record.rows
        ? " All completions of each prompt got the same reward, so every advantage is 0."
        : " The completions of this prompt all got the same reward, so their advantages are 0.",
    );
  }
  if (clipRule(record.config).kind !== "hard") return ranges(record, rows);

  const bothWays = best(pushed, (row) => bothWaysScore(record, row));
  const dropped = best(pushed, (row) =>
    record.sequenceClipped[row] ? Math.abs(Math.log(record.sequenceRatio[row]!)) : 0,
  );
  const tokens = best(pushed, (row) => clippedTokens(record, row));
  const preferred =
    record.level === "token"
      ? [bothWays && both(record, bothWays), dropped && droppedRow(record, dropped)]
      : [dropped && droppedRow(record, dropped), bothWays && both(record, bothWays)];
  const found = preferred.find((each) => each !== null);
  if (found) return found;
  return tokens === null ? ranges(record, rows) : clippedOnly(record, tokens.row);
}

/**
 * The same of one row, which the reader has asked about. Where nothing is to be said of a row alone,
 * where nothing has moved and where the loss is no number, of the batch.
 */
export function narrateRow(record: StepRecord, row: number): Narration {
  if (isOnPolicy(record) || !Number.isFinite(record.metrics.loss ?? 0)) {
    return narrate(record, [row]);
  }
  if (maskedLength(record, row) === 0) {
    return about(row, strong(`Row ${rowName(row)} is masked:`), " none of it is in the loss.");
  }
  if (clipRule(record.config).kind !== "hard") {
    return ratiosOf(record, row, `Row ${rowName(row)}, without a hard clip:`);
  }
  if (record.advantage[row] === 0) {
    return about(
      row,
      strong(`Row ${rowName(row)} does not push:`),
      " its reward is its group’s mean, so its advantage is 0.",
    );
  }
  if (bothWaysScore(record, row) > 0) return both(record, { row });
  if (record.sequenceClipped[row]) return droppedRow(record, { row });
  return clippedTokens(record, row) > 0
    ? clippedOnly(record, row)
    : ratiosOf(record, row, `Row ${rowName(row)} is kept at both levels:`);
}

function ratiosOf(record: StepRecord, row: number, what: string): Narration {
  const { least, most } = reachOf(record, [row]);
  return about(
    row,
    strong(what),
    " its token ratios reach from ",
    tokenRatio(record, least),
    " to ",
    tokenRatio(record, most),
    ", its one ratio is ",
    sequenceRatio(record, record.sequenceRatio[row]!),
    ".",
  );
}

interface Chosen {
  row: number;
}

/** The row with the highest score above 0; the first of those that tie. */
function best(rows: readonly number[], score: (row: number) => number): Chosen | null {
  let [chosen, highest]: [number | null, number] = [null, 0];
  for (const row of rows) {
    const value = score(row);
    if (value > highest) [chosen, highest] = [row, value];
  }
  return chosen === null ? null : { row: chosen };
}

/** Its most extreme tokens on either side of 1. */
function extremes(record: StepRecord, row: number): { up: number; down: number } {
  const base = row * record.columns;
  let [up, down] = [-1, -1];
  for (let t = 0; t < record.columns; t++) {
    if (!record.mask[base + t]) continue;
    const d = record.logRatio[base + t]!;
    if (d > 0 && (up < 0 || d > record.logRatio[base + up]!)) up = t;
    if (d < 0 && (down < 0 || d < record.logRatio[base + down]!)) down = t;
  }
  return { up, down };
}

/** Smallest log-ratio that counts as a move: below it, ratios to both sides are spread alone. */
const MOVED = 0.05;

/** How far a kept row with a clipped token moved to both sides: the smaller of the two. */
function bothWaysScore(record: StepRecord, row: number): number {
  const { up, down } = extremes(record, row);
  if (up < 0 || down < 0) return 0;
  if (clippedTokens(record, row) === 0 || record.sequenceClipped[row]) return 0;
  const base = row * record.columns;
  const lesser = Math.min(record.logRatio[base + up]!, -record.logRatio[base + down]!);
  return lesser < MOVED ? 0 : lesser;
}

function both(record: StepRecord, { row }: Chosen): Narration {
  const { up, down } = extremes(record, row);
  const at = (token: number) => times(record, record.tokenRatio[row * record.columns + token]!);
  return about(
    row,
    strong(`Row ${rowName(row)} moved both ways:`),
    ` token ${up + 1} to `,
    at(up),
    `, token ${down + 1} to `,
    at(down),
    `. GRPO clips ${clippedNames(record, row)}${atOtherArmEpsilon(record, "token")}. GSPO’s one ratio is `,
    sequenceRatio(record, record.sequenceRatio[row]!),
    `, so it keeps ${allTokens(maskedLength(record, row))}${atOtherArmEpsilon(record, "sequence")}.`,
  );
}

function droppedRow(record: StepRecord, { row }: Chosen): Narration {
  const s = record.sequenceRatio[row]!;
  const length = maskedLength(record, row);
  const count = clippedTokens(record, row);
  const one = length === 1;
  const some = count > 0 ? clippedNames(record, row) : one ? "nothing" : "none of them";
  const way = s > 1 ? "more likely" : "less likely";
  return about(
    row,
    strong(`Row ${rowName(row)} became ${way} as a whole:`),
    " its one ratio is ",
    sequenceRatio(record, s),
    `. GSPO clips the row, ${allTokens(length)}${atOtherArmEpsilon(record, "sequence")}. GRPO clips ${
      count === length ? (one ? "it too" : "every one too") : some
    }${atOtherArmEpsilon(record, "token")}.`,
  );
}

function clippedOnly(record: StepRecord, row: number): Narration {
  return about(
    row,
    strong(`Row ${rowName(row)} is clipped in places:`),
    ` GRPO cuts off ${clippedNames(record, row)} of ${maskedLength(record, row)}${atOtherArmEpsilon(record, "token")}. GSPO’s one ratio is `,
    sequenceRatio(record, record.sequenceRatio[row]!),
    `, so it keeps the row${atOtherArmEpsilon(record, "sequence")}.`,
  );
}

/** The smallest and the largest of the rows' token ratios. */
function reachOf(record: StepRecord, rows: readonly number[]): { least: number; most: number } {
  let [least, most] = [Infinity, -Infinity];
  for (const row of rows) {
    for (let i = row * record.columns; i < (row + 1) * record.columns; i++) {
      if (!record.mask[i]) continue;
      least = Math.min(least, record.tokenRatio[i]!);
      most = Math.max(most, record.tokenRatio[i]!);
    }
  }
  return { least, most };
}

function ranges(record: StepRecord, rows: readonly number[]): Narration {
  const { least, most } = reachOf(record, rows);
  const s = rows.map((row) => record.sequenceRatio[row]!);
  const soft = clipRule(record.config).kind !== "hard";
  return about(
    null,
    strong(soft ? `${record.config.loss_type} has no hard clip.` : "Nothing is clipped in view."),
    " Token ratios reach from ",
    tokenRatio(record, least),
    " to ",
    tokenRatio(record, most),
    ", sequence ratios from ",
    sequenceRatio(record, lowest(s)),
    " to ",
    sequenceRatio(record, highest(s)),
    ".",
  );
}

const lowest = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b), Infinity);
const highest = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), -Infinity);

const allTokens = (count: number): string =>
  count === 1 ? "its one token" : `all ${count} tokens`;

/** "token 6", "tokens 2 and 6", or "3 of its tokens". */
function clippedNames(record: StepRecord, row: number): string {
  const base = row * record.columns;
  const names = Array.from({ length: record.columns }, (_, t) => t)
    .filter((t) => record.tokenClipped[base + t] === 1)
    .map((t) => t + 1);
  if (names.length === 1) return `token ${names[0]}`;
  if (names.length === 2) return `tokens ${names[0]} and ${names[1]}`;
  return `${names.length} of its tokens`;
}

const strong = (text: string): NarrationPart => ({ text, style: "strong" });
const number = (text: string): NarrationPart => ({ text, style: "number" });
const tokenRatio = (record: StepRecord, ratio: number): NarrationPart =>
  number(ratioAt(record, "token", ratio));
const sequenceRatio = (record: StepRecord, ratio: number): NarrationPart =>
  number(ratioAt(record, "sequence", ratio));
/** A token's ratio with one decimal less: it stands beside no other. */
const times = (record: StepRecord, ratio: number): NarrationPart =>
  number(`${ratioAt(record, "token", ratio, decimalsAt(record, "token") - 1)}×`);

const about = (row: number | null, ...parts: readonly (string | NarrationPart)[]): Narration => ({
  row,
  parts: parts.map((part) => (typeof part === "string" ? { text: part, style: "plain" } : part)),
});
