import type { StepRecord } from "../record/record.ts";
import { decimalsAt } from "./clip-rule.ts";
import * as format from "./format.ts";
import { type Narration, narrate, type NarrationPart } from "./narrate.ts";

/**
 * What sets the two figures apart, in one look: how far the rows' token ratios reach, and their
 * sequence ratios. At k = 0, where nothing has moved, and where the loss is no number, as `narrate`.
 */
export function contrast(record: StepRecord, rows: readonly number[]): Narration {
  if (record.innerStep === 0 || !Number.isFinite(record.metrics.loss ?? 0)) {
    return narrate(record, rows);
  }
  const tokens = rows.flatMap((row) =>
    Array.from({ length: record.columns }, (_, t) => row * record.columns + t)
      .filter((at) => record.mask[at] === 1)
      .map((at) => record.tokenRatio[at]!),
  );
  const sequences = rows.map((row) => record.sequenceRatio[row]!);
  return {
    row: null,
    parts: [
      { text: "Same answers, same rewards.", style: "strong" },
      plain(" Figure 3, one ratio per token: "),
      ...reach(tokens, decimalsAt(record, "token")),
      plain(". Figure 4, one per answer: "),
      ...reach(sequences, decimalsAt(record, "sequence")),
      plain("."),
    ],
  };
}

function reach(ratios: readonly number[], decimals: number): NarrationPart[] {
  const least = ratios.reduce((a, b) => Math.min(a, b), Infinity);
  const most = ratios.reduce((a, b) => Math.max(a, b), -Infinity);
  return [
    number(format.ratio(least, decimals)),
    plain(" to "),
    number(format.ratio(most, decimals)),
  ];
}

const plain = (text: string): NarrationPart => ({ text, style: "plain" });
const number = (text: string): NarrationPart => ({ text, style: "number" });
