import type { StepRecord } from "../record/record.ts";
import { atOtherArmEpsilon, clipRule, ratioAt } from "./clip-rule.ts";
import * as format from "./format.ts";
import type { NarrationPart } from "./narrate.ts";
import { isOnPolicy } from "./on-policy.ts";
import { clippedTokens, maskedLength } from "./rows.ts";
import { rowName } from "./selection.ts";
import { stageValues } from "./stage.ts";

/** One arm's mean reward over the first steps of a run and the last. */
export interface Learnt {
  arm: string;
  first: number;
  last: number;
}

/** What a slide's sentence is made from. */
interface Told {
  record: StepRecord;
  /** In view. */
  rows: readonly number[];
  row: number | null;
  /** Steps trained; mean rewards are over so many at either end. */
  steps: number;
  over: number;
  arms: readonly Learnt[];
}

type Say = (told: Told) => readonly NarrationPart[];

/** The sentence of every slide. */
export const slideParts = {
  same: ({ record, rows }) => {
    const [least, most] = ends(rows.map((row) => record.advantage[row]!));
    const count = `${format.plural(rows.length, "completion")}, advantages from `;
    return [
      ...(isOnPolicy(record)
        ? [strong("Before the first update every ratio is 1: "), plain(`both figures agree. `)]
        : [strong(`${updates(record)} after the rollout. `), plain("No earlier step is kept. ")]),
      plain(count),
      number(format.signed(least, 2)),
      plain(" to "),
      number(format.signed(most, 2)),
      plain(", the same on both sides."),
    ];
  },
  moved: ({ record, rows }) => {
    const [least, most] = ends(tokensOf(record, rows).map((at) => record.tokenRatio[at]!));
    const [low, high] = ends(rows.map((row) => record.sequenceRatio[row]!));
    return [
      strong(`${updates(record)} after the rollout: `),
      plain("token ratios reach from "),
      ofToken(record, least),
      plain(" to "),
      ofToken(record, most),
      plain(", row ratios from "),
      ofRow(record, low),
      plain(" to "),
      ofRow(record, high),
      plain("."),
    ];
  },
  token: ({ record, rows }) => {
    const tokens = tokensOf(record, rows);
    const clipped = tokens.filter((at) => record.tokenClipped[at] === 1).length;
    return [
      strong("GRPO: one ratio per token. "),
      plain(
        isHard(record)
          ? `Its clip drops ${clipped} of ${format.plural(tokens.length, "token")}${atOtherArmEpsilon(record, "token")}, each alone.`
          : `Each weighs by itself: ${record.config.loss_type} has no hard clip.`,
      ),
    ];
  },
  sequence: ({ record, rows }) => {
    const clipped = rows.filter((row) => record.sequenceClipped[row] === 1).length;
    return [
      strong("GSPO: one ratio per row. "),
      plain(
        isHard(record)
          ? `Its clip drops ${clipped} of ${format.plural(rows.length, "row")}${atOtherArmEpsilon(record, "sequence")}, each whole.`
          : `A row weighs as a whole: ${record.config.loss_type} has no hard clip.`,
      ),
    ];
  },
  row: ({ record, rows, row }) => {
    const at = row ?? rows[0] ?? 0;
    const [least, most] = ends(tokensOf(record, [at]).map((each) => record.tokenRatio[each]!));
    const length = maskedLength(record, at);
    return [
      strong(`Row ${rowName(at)} alone: `),
      plain(`its ${format.plural(length, "token ratio")} reach from `),
      ofToken(record, least),
      plain(" to "),
      ofToken(record, most),
      plain("; their geometric mean is "),
      ofRow(record, record.sequenceRatio[at]!),
      plain(
        isHard(record)
          ? `. GRPO drops ${clippedTokens(record, at)} of them, GSPO ${record.sequenceClipped[at] ? "the whole row" : "none"}.`
          : ".",
      ),
    ];
  },
  push: ({ record, rows }) => {
    const { token, sequence } = stageValues(record, rows, 5);
    const ofOne = token.flatMap((row) => [...row]).reduce(larger, 0);
    const ofEach = sequence.reduce(larger, 0);
    return [
      strong("What is left is shared out: "),
      plain("on the left one token has up to "),
      number(format.percent(ofOne)),
      plain(" of the push, on the right "),
      number(format.percent(ofEach)),
      plain(": there a row’s tokens all have the same."),
    ];
  },
  learns: ({ steps, over, arms }) => {
    if (steps === 0)
      return [strong("Nothing is trained yet: "), plain("Play draws the reward of every arm.")];
    return arms.length === 0
      ? [strong("No reward curve: "), plain(`${format.NO_REWARDS}.`)]
      : [
          strong(`After ${format.plural(steps, "step")}: `),
          plain("mean reward of "),
          ...arms.flatMap(({ arm, first, last }, index) => [
            plain(`${index === 0 ? "" : ", "}the ${arm} arm `),
            number(format.fixed(first, 2)),
            plain(" → "),
            number(format.fixed(last, 2)),
          ]),
          plain(`; each over ${format.plural(over, "step")}.`),
        ];
  },
} satisfies Record<string, Say>;

/** Of a log that counts none and whose ratios have left 1, "Some updates". */
const updates = ({ innerStep }: StepRecord): string =>
  innerStep === 0 ? "Some updates" : format.plural(innerStep, "update");
const isHard = (record: StepRecord): boolean => clipRule(record.config).kind === "hard";

/** Indices of the rows' tokens that count. */
const tokensOf = ({ columns, mask }: StepRecord, rows: readonly number[]): number[] =>
  rows.flatMap((row) =>
    Array.from({ length: columns }, (_, t) => row * columns + t).filter((at) => mask[at] === 1),
  );

const ends = (values: readonly number[]): readonly [number, number] => [
  values.reduce((a, b) => Math.min(a, b), Infinity),
  values.reduce((a, b) => Math.max(a, b), -Infinity),
];
const larger = (most: number, value: number): number => Math.max(most, Math.abs(value));

const plain = (text: string): NarrationPart => ({ text, style: "plain" });
const strong = (text: string): NarrationPart => ({ text, style: "strong" });
const number = (text: string): NarrationPart => ({ text, style: "number" });
const ofToken = (record: StepRecord, ratio: number): NarrationPart =>
  number(ratioAt(record, "token", ratio));
const ofRow = (record: StepRecord, ratio: number): NarrationPart =>
  number(ratioAt(record, "sequence", ratio));
