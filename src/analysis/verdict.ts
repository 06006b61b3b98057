import type { ClipLevel, StepRecord } from "../record/record.ts";
import * as format from "./format.ts";
import { bindingLimit, clipRuleAt, otherClipArm } from "./clip-rule.ts";

/** What each level does with a token, in a few words. */
export interface Verdict {
  clipped: boolean;
  /** E.g. "clipped: above 1.20 with A > 0". */
  words: string;
}

export function tokenVerdict(record: StepRecord, row: number, token: number): Verdict {
  const index = row * record.columns + token;
  if (!record.mask[index]) return { clipped: false, words: "masked: not in the loss" };
  return verdict(record, "token", row, record.tokenRatio[index]!, record.tokenClipped[index] === 1);
}

export const sequenceVerdict = (record: StepRecord, row: number): Verdict =>
  verdict(record, "sequence", row, record.sequenceRatio[row]!, record.sequenceClipped[row] === 1);

function verdict(
  record: StepRecord,
  level: ClipLevel,
  row: number,
  ratio: number,
  clipped: boolean,
): Verdict {
  const rule = clipRuleAt(record, level);
  const otherArm = otherClipArm(record, level);
  const whose = otherArm === null ? "" : ` (${otherArm} arm’s ε)`;
  const A = record.advantage[row]!;
  if (rule.kind === "soft") return { clipped, words: "no hard clip for this loss" };
  if (rule.kind === "cap") {
    return {
      clipped,
      words: !clipped
        ? "below the cap"
        : ratio < rule.floor
          ? `weight lifted to ${format.limit(rule.floor)}`
          : `weight capped at ${format.limit(rule.cap)}`,
    };
  }
  if (A === 0) return { clipped, words: "no push: A is 0" };
  if (clipped) {
    const limit = bindingLimit(rule, A, ratio)!;
    const side = ratio > limit ? "above" : "below";
    return {
      clipped,
      words: `clipped: ${side} ${format.limit(limit)}, A ${A > 0 ? "> 0" : "< 0"}${whose}`,
    };
  }
  const outside = ratio > rule.high || ratio < rule.low;
  return {
    clipped,
    words: `kept${outside ? `: this side is open when A ${A > 0 ? "> 0" : "< 0"}` : ""}${whose}`,
  };
}
