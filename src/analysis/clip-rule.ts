import { ratioLimits, sameBand, upperEpsilon, withClipBand } from "../config/clip-band.ts";
import { lossForm } from "../config/loss-types.ts";
import type { ClipBand, GRPOConfig } from "../config/types.ts";
import { bandAt, type ClipLevel, drives, type StepRecord } from "../record/record.ts";
import * as format from "./format.ts";

/** What a loss type does with a ratio that has moved far. */
export type ClipRule =
  /**
   * min(ratio · A, clip(ratio, low, high) · A); `delta` caps the ratio that is not clipped, `dual` what
   * either comes to when A < 0.
   */
  | { kind: "hard"; low: number; high: number; delta: number | null; dual: number | null }
  /** The ratio is a weight, held between `floor` and `cap`; nothing loses its gradient. */
  | { kind: "cap"; cap: number; floor: number }
  /** A smooth weight. */
  | { kind: "soft" };

/** What a loss does beyond a band: its configuration's own, or another's. */
export function clipRule(
  config: Readonly<GRPOConfig>,
  band: Readonly<ClipBand> = config,
): ClipRule {
  const { rule } = lossForm(config);
  switch (rule) {
    case "clip":
      return {
        kind: "hard",
        ...ratioLimits(band, rule),
        delta: band.delta,
        dual: band.dual_clip ?? null,
      };
    case "geometric":
      return { kind: "hard", ...ratioLimits(band, rule), delta: null, dual: null };
    case "cap":
      // TRL compares cispo's ratio with epsilon_high itself, not with 1 + epsilon_high.
      return { kind: "cap", cap: upperEpsilon(band), floor: band.cispo_floor ?? 0 };
    case "gate":
    case "gamma":
      return { kind: "soft" };
  }
}

/** What a judgement of either level needs of a record. */
type Judged = Pick<StepRecord, "level" | "config" | "otherClip">;

/** The record's configuration with the clip band of a level: its own, or the other arm's. */
export const configAt = (record: Judged, level: ClipLevel): Readonly<GRPOConfig> =>
  withClipBand(record.config, bandAt(record, level));

/** What the record's loss does with a ratio of a level that has moved far. */
export const clipRuleAt = (record: Judged, level: ClipLevel): ClipRule =>
  clipRule(record.config, bandAt(record, level));

/** Decimals that tell a level's ratio from its clip limits. */
export const decimalsAt = (record: Judged, level: ClipLevel): number =>
  format.ratioDecimals(bandAt(record, level));

/** A ratio beside a rule's limits: with `least` decimals, and more where it would read as one of them. */
export function ratioBeside(rule: ClipRule, ratio: number, least: number): string {
  const limits =
    rule.kind === "hard"
      ? [rule.low, rule.high, rule.delta ?? rule.high, rule.dual ?? rule.high]
      : rule.kind === "cap"
        ? [rule.cap, rule.floor]
        : [];
  return format.ratio(ratio, format.decimalsApart(ratio, limits, least));
}

/** A ratio of a level, told from the limits that judge it. */
export const ratioAt = (
  record: Judged,
  level: ClipLevel,
  ratio: number,
  least = decimalsAt(record, level),
): string => ratioBeside(clipRuleAt(record, level), ratio, least);

/** The arm whose band judges a level, where that is not the record's own band; else null. */
export function otherClipArm(record: Judged, level: ClipLevel): string | null {
  const { config, otherClip } = record;
  if (drives(record, level) || otherClip === undefined) return null;
  return sameBand(otherClip, config) ? null : otherClip.arm;
}

/** `ε 0.2`: a level's, whoever's it is. */
export function plainEpsilonAt(record: Judged, level: ClipLevel): string {
  const band = bandAt(record, level);
  return `ε ${format.band(band.epsilon, upperEpsilon(band))}`;
}

/** A level's ε in words: `ε 0.2`, or `ε 0.03, sequence arm’s`. */
export function epsilonAt(record: Judged, level: ClipLevel): string {
  const otherArm = otherClipArm(record, level);
  return plainEpsilonAt(record, level) + (otherArm === null ? "" : `, ${otherArm} arm’s`);
}

/** ` at the sequence arm’s ε 0.03`, and nothing where a level is judged by the record's own. */
export function atOtherArmEpsilon(record: Judged, level: ClipLevel): string {
  const otherArm = otherClipArm(record, level);
  return otherArm === null ? "" : ` at the ${otherArm} arm’s ${plainEpsilonAt(record, level)}`;
}

/** The one side on which a row can be clipped: above when A > 0, below when A < 0. */
export const bindingSide = (advantage: number): "above" | "below" | null =>
  advantage > 0 ? "above" : advantage < 0 ? "below" : null;

type CutRule = Omit<Extract<ClipRule, { kind: "hard" }>, "kind">;

/**
 * The limits beyond which min(min(c, δ) · A, clip(c) · A) no longer depends on c. A delta inside the
 * band comes first where A > 0, and does nothing where A < 0; a dual clip counts there alone.
 */
export function cutLimits(rule: CutRule, advantage: number): { low: number; high: number } {
  const { low, high, delta, dual } = rule;
  if (advantage > 0) return { low: -Infinity, high: Math.min(high, delta ?? Infinity) };
  if (advantage < 0) {
    const second = delta === null ? Infinity : Math.max(high, delta);
    return { low, high: Math.min(second, dual ?? Infinity) };
  }
  return { low: -Infinity, high: Infinity };
}

/** Whether the clip takes the gradient from a ratio. */
export function isCut(rule: CutRule, advantage: number, ratio: number): boolean {
  const { low, high } = cutLimits(rule, advantage);
  return ratio < low || ratio > high;
}

/** The limit that holds a clipped ratio: 1 + ε_high, 1 − ε, delta, or the dual clip. */
export function bindingLimit(rule: ClipRule, advantage: number, ratio: number): number | null {
  if (rule.kind === "cap") return ratio < rule.floor ? rule.floor : rule.cap;
  if (rule.kind === "soft") return null;
  const { low, high } = cutLimits(rule, advantage);
  return ratio > 1 ? high : low;
}

/** One line for a loss without a hard clip, null for the others. */
export function clipNote(rule: ClipRule, other = rule): string | null {
  if (rule.kind === "soft") return "no hard clip for this loss";
  if (rule.kind !== "cap") return null;
  const second = other.kind === "cap" && other.cap !== rule.cap ? `, GSPO’s at ${other.cap}` : "";
  const floor = rule.floor === 0 ? "" : `, lifted to ${rule.floor}`;
  return `no clip: ${second === "" ? "the" : "GRPO’s"} weight is capped at ${rule.cap}${floor}${second}`;
}
