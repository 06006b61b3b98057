import type { ClipLevel, StepRecord } from "../record/record.ts";
import { ratioAt } from "./clip-rule.ts";
import { isOnPolicy } from "./on-policy.ts";
import { type Narration, narrate, type NarrationPart } from "./narrate.ts";

/**
 * What sets the two figures apart, in one look: how far the rows' token ratios reach, and their
 * sequence ratios. Where nothing has moved, and where the loss is no number, as `narrate`.
 */
export function contrast(record: StepRecord, rows: readonly number[]): Narration {
  if (isOnPolicy(record) || !Number.isFinite(record.metrics.loss ?? 0)) {
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
      plain(" GRPO’s ratios: "),
      ...reach(record, "token", tokens),
      plain(". GSPO’s: "),
      ...reach(record, "sequence", sequences),
      plain("."),
    ],
  };
}

function reach(record: StepRecord, level: ClipLevel, ratios: readonly number[]): NarrationPart[] {
  const least = ratios.reduce((a, b) => Math.min(a, b), Infinity);
  const most = ratios.reduce((a, b) => Math.max(a, b), -Infinity);
  return [
    number(ratioAt(record, level, least)),
    plain(" to "),
    number(ratioAt(record, level, most)),
  ];
}

const plain = (text: string): NarrationPart => ({ text, style: "plain" });
const number = (text: string): NarrationPart => ({ text, style: "number" });
