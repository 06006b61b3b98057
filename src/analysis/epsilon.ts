import { ratioLimits, upperEpsilon } from "../config/clip-band.ts";
import { eachRatio } from "./each-ratio.ts";
import { lossForm } from "../config/loss-types.ts";
import type { ClipBand, Level } from "../config/types.ts";
import { bandAt, type ClipLevel, drives, type StepRecord, clipLevelOf } from "../record/record.ts";
import { isCut } from "./clip-rule.ts";

/** A clip band, 1 − low to 1 + high. */
export interface Band {
  low: number;
  high: number;
}

/** Another band for one of the levels. */
export interface TriedBand {
  level: ClipLevel;
  band: Band;
}

/** The fields that a band stands for; one ε for both sides where they are equal. */
export const fieldsOf = ({
  low,
  high,
}: Band): { epsilon: number; epsilon_high: number | null } => ({
  epsilon: low,
  epsilon_high: high === low ? null : high,
});

/** Whether a level of the record is judged by the arm's own ε: it drives, or no other arm lends its. */
export const judgedByOwn = (
  record: Pick<StepRecord, "level" | "otherClip">,
  level: ClipLevel,
): boolean => drives(record, level) || record.otherClip === undefined;

/** The record with another band for a level: for both levels, where they share one. */
export function withBand<R extends Pick<StepRecord, "level" | "config" | "otherClip">>(
  record: R,
  { level, band }: TriedBand,
): R {
  const fields = { epsilon: band.low, epsilon_high: band.high };
  if (judgedByOwn(record, level)) return { ...record, config: { ...record.config, ...fields } };
  return { ...record, otherClip: { ...record.otherClip, ...fields } };
}

/** Where log-ratios are clipped there is neither delta nor dual clip. */
const NEITHER = { delta: null, dual: null };

/** How much of a batch a band clips at a level: tokens at token level, rows at sequence level. */
export interface ClipCount {
  clipped: number;
  total: number;
  unit: "tokens" | "rows";
}

/** The band a configuration stands for; `epsilon_high` null means the same on both sides. */
export const bandOf = (config: { epsilon: number; epsilon_high: number | null }): Band => ({
  low: config.epsilon,
  high: upperEpsilon(config),
});

/**
 * What `band` would clip in the record's batch: ratios below 1 − low where A < 0, above 1 + high
 * where A > 0, and what delta and the dual clip cut off, by default those that the level was judged by
 * in the record.
 */
export function wouldClip(
  record: StepRecord,
  level: Level,
  band: Band,
  { delta, dual_clip: dual = null }: Pick<ClipBand, "delta" | "dual_clip"> = bandAt(
    record,
    clipLevelOf(level),
  ),
): ClipCount {
  const form = lossForm(record.config).rule;
  const limits = ratioLimits({ epsilon: band.low, epsilon_high: band.high }, form);
  const rule = form === "geometric" ? { ...limits, ...NEITHER } : { ...limits, delta, dual };
  let clipped = 0;
  let total = 0;
  eachRatio(record, clipLevelOf(level), (ratio, row) => {
    total++;
    if (isCut(rule, record.advantage[row]!, ratio)) clipped++;
  });
  return { clipped, total, unit: level === "token" ? "tokens" : "rows" };
}

/**
 * The band, equal on both sides and rounded to two digits, that clips a share of the batch nearest
 * to `share`; null where the batch holds no ratio that could clip.
 */
export function bandClipping(record: StepRecord, level: Level, share: number): Band | null {
  const geometric = lossForm(record.config).rule === "geometric";
  const distances: number[] = [];
  let total = 0;
  eachRatio(record, clipLevelOf(level), (ratio, row) => {
    total++;
    const off = geometric ? Math.log(ratio) : ratio - 1;
    const distance = off * Math.sign(record.advantage[row]!);
    if (distance > 0) distances.push(distance);
  });
  distances.sort((a, b) => b - a);
  const wanted = Math.round(share * total);
  const inside = distances[wanted] ?? distances.at(-1);
  if (inside === undefined) return null;
  const outside = distances[wanted - 1] ?? inside * 1.1;
  const epsilon = Number(((inside + outside) / 2).toPrecision(2));
  return { low: epsilon, high: epsilon };
}
