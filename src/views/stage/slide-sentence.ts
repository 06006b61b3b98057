import type { StepRecord } from "../../record/record.ts";
import type { Slide } from "../../store/view/slides.ts";
import { atOtherArmEpsilon, clipRule, decimalsAt } from "../../analysis/clip-rule.ts";
import { narrate, type NarrationPart } from "../../analysis/narrate.ts";
import * as format from "../../analysis/format.ts";

/** A slide's sentence about the rows in view, in the numbers of the record on screen. */
export function slideSentence(
  slide: Slide,
  record: StepRecord,
  rows: readonly number[],
): readonly NarrationPart[] {
  const tokens = rows.flatMap((row) =>
    Array.from({ length: record.columns }, (_, t) => row * record.columns + t).filter(
      (at) => record.mask[at] === 1,
    ),
  );
  const hard = clipRule(record.config).kind === "hard";
  const ofToken = (ratio: number) => number(format.ratio(ratio, decimalsAt(record, "token")));
  const ofRow = (ratio: number) => number(format.ratio(ratio, decimalsAt(record, "sequence")));
  switch (slide) {
    case "batch": {
      const [least, most] = ends(rows.map((row) => record.advantage[row]!));
      return [
        strong("One batch, two figures: "),
        plain(`${format.plural(rows.length, "completion")} of it, advantages from `),
        number(format.signed(least, 2)),
        plain(" to "),
        number(format.signed(most, 2)),
        plain(", the same on both sides."),
      ];
    }
    case "identical": {
      const [least, most] = ends(tokens.map((at) => record.tokenRatio[at]!));
      return record.innerStep === 0
        ? [
            strong("Before the first update every ratio is 1: "),
            plain("the figures are identical."),
          ]
        : [
            strong(`${format.plural(record.innerStep, "update")} after the rollout `),
            plain("π is no longer π_old: token ratios reach from "),
            ofToken(least),
            plain(" to "),
            ofToken(most),
            plain("."),
          ];
    }
    case "figure-3": {
      const clipped = tokens.filter((at) => record.tokenClipped[at] === 1).length;
      return [
        strong("GRPO: one ratio per token. "),
        plain(
          hard
            ? `Its clip drops ${clipped} of ${format.plural(tokens.length, "token")}${atOtherArmEpsilon(record, "token")}, each alone.`
            : `Each weighs by itself: ${record.config.loss_type} has no hard clip.`,
        ),
      ];
    }
    case "figure-4": {
      const clipped = rows.filter((row) => record.sequenceClipped[row] === 1).length;
      const [least, most] = ends(rows.map((row) => record.sequenceRatio[row]!));
      return [
        strong("GSPO: one ratio per row, "),
        plain("from "),
        ofRow(least),
        plain(" to "),
        ofRow(most),
        plain(
          hard
            ? `. Its clip drops ${clipped} of ${format.plural(rows.length, "row")}${atOtherArmEpsilon(record, "sequence")}, each whole.`
            : `. A row weighs as a whole: ${record.config.loss_type} has no hard clip.`,
        ),
      ];
    }
    case "row":
      return narrate(record, rows).parts;
    default:
      return slide satisfies never;
  }
}

const ends = (values: readonly number[]): readonly [number, number] => [
  values.reduce((a, b) => Math.min(a, b), Infinity),
  values.reduce((a, b) => Math.max(a, b), -Infinity),
];
const plain = (text: string): NarrationPart => ({ text, style: "plain" });
const strong = (text: string): NarrationPart => ({ text, style: "strong" });
const number = (text: string): NarrationPart => ({ text, style: "number" });
