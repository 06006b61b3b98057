import type { ClipLevel, StepRecord } from "../record/record.ts";
import * as format from "./format.ts";
import { lossForm } from "../config/loss-types.ts";
import { clipRuleAt } from "./clip-rule.ts";

/** One side of the min. */
export interface Branch {
  ratio: number;
  value: number;
  /** "smaller" wins, "larger" loses; "equal" when both are the same. */
  place: "smaller" | "larger" | "equal";
}

/** min(ratio · A, clip(ratio) · A) with its numbers, and the dual clip's; null for a loss that is no such min. */
export function branchesOf(
  record: StepRecord,
  level: ClipLevel,
  row: number,
  ratio: number,
): { unclipped: Branch; clipped: Branch; most: Omit<Branch, "place"> | null } | null {
  const rule = clipRuleAt(record, level);
  // GMPO's tokens share a ratio of the row.
  if (rule.kind !== "hard" || (isGeometric(record) && level === "token")) return null;
  const A = record.advantage[row]!;
  // TRL caps the unclipped side at delta, after the clipped side is formed.
  const left = rule.delta === null ? ratio : Math.min(ratio, rule.delta);
  const right = Math.min(rule.high, Math.max(rule.low, ratio));
  const [a, b] = [left * A, right * A];
  const place = (value: number, other: number): Branch["place"] =>
    value === other ? "equal" : value < other ? "smaller" : "larger";
  return {
    unclipped: { ratio: left, value: a, place: place(a, b) },
    clipped: { ratio: right, value: b, place: place(b, a) },
    most: rule.dual === null || A >= 0 ? null : { ratio: rule.dual, value: rule.dual * A },
  };
}

const isGeometric = ({ config }: StepRecord): boolean => lossForm(config).rule === "geometric";

/** `0.7711 × −1.3885 = −1.071`: the ratio has `decimals`, one more than the product. */
export const product = (
  ratio: number,
  A: number,
  value: number,
  decimals = 4,
): readonly [string, string] => [
  `${format.fixed(ratio, decimals)} × ${format.fixed(A, 4)} =`,
  format.fixed(value, decimals - 1),
];
