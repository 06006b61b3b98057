import type { ClipLevel, StepRecord } from "../record/record.ts";
import { clipRuleAt, ratioAt } from "./clip-rule.ts";
import { eachRatio } from "./each-ratio.ts";
import type { LevelHistogram } from "./histogram.ts";

/** Ratios on one side that an axis does not reach. */
export interface Beyond {
  count: number;
  /** The ratio that is farthest from 1; of none, 1. */
  farthest: number;
}

/** One level's ratios on an axis of its own, which its clip band takes half of. */
export interface ZoomedHistogram extends LevelHistogram {
  /** Half-width of the axis in natural log. */
  window: number;
  below: Beyond;
  above: Beyond;
  /** Outside of the band on either side, clipped or not, the ratios beyond the axis among them. */
  outsideLow: number;
  outsideHigh: number;
  /** The smallest and the largest ratio of all; 1 where there are none. */
  least: number;
  most: number;
}

/** Bars from ratio 1, which is the middle of one, to the farther limit; and to the end of the axis. */
const TO_LIMIT = 20.5;
const TO_END = 40.5;

/** A band of no width has an axis all the same; 32 bits tell no smaller steps apart. */
const NARROWEST = 1e-6;

/** From 1 to a level's farther limit, in natural log; null where no limit clips. */
function bandReach(record: StepRecord, level: ClipLevel): number | null {
  const rule = clipRuleAt(record, level);
  if (rule.kind !== "hard") return null;
  // 1 − ε may be 0 or less: then nothing is too low.
  const below = rule.low > 0 ? -Math.log(rule.low) : 0;
  return Math.max(NARROWEST, below, Math.log(rule.high));
}

/**
 * One level's ratios around its clip band, counted from the record's own numbers: the GPU's bins are
 * wider than a narrow band. What the axis does not reach is in no bar. `reach` may be another record's
 * that stands on the same axis. Null where no limit clips.
 */
export function zoomToBand(
  record: StepRecord,
  level: ClipLevel,
  reach = bandReach(record, level),
): ZoomedHistogram | null {
  const rule = clipRuleAt(record, level);
  if (reach === null || rule.kind !== "hard") return null;
  const width = reach / TO_LIMIT;
  const window = width * TO_END;
  const middle = TO_END - 0.5;
  const bars = Array.from({ length: 2 * TO_END }, (_, i) => ({
    from: (i - TO_END) * width,
    to: (i - TO_END + 1) * width,
    count: 0,
    clipped: 0,
  }));
  const zoomed = {
    ...{ bars, window, total: 0, clipped: 0, clippedLow: 0, clippedHigh: 0 },
    ...{ below: { count: 0, farthest: 1 }, above: { count: 0, farthest: 1 } },
    ...{ outsideLow: 0, outsideHigh: 0, least: Infinity, most: -Infinity },
  };
  eachRatio(record, level, (ratio, _, clipped) => {
    const log = Math.log(ratio);
    zoomed.total++;
    zoomed.least = Math.min(zoomed.least, ratio);
    zoomed.most = Math.max(zoomed.most, ratio);
    if (ratio < rule.low) zoomed.outsideLow++;
    if (ratio > rule.high) zoomed.outsideHigh++;
    if (clipped) zoomed[ratio < 1 ? "clippedLow" : "clippedHigh"]++;
    const bar = bars[middle + Math.round(log / width)];
    if (bar !== undefined) {
      bar.count++;
      bar.clipped += Number(clipped);
    } else if (log < 0) {
      zoomed.below = { count: zoomed.below.count + 1, farthest: zoomed.least };
    } else {
      zoomed.above = { count: zoomed.above.count + 1, farthest: zoomed.most };
    }
  });
  const { below, above, clippedLow, clippedHigh, total, least, most } = zoomed;
  return {
    ...zoomed,
    clipped: clippedLow + clippedHigh,
    beyond: below.count + above.count,
    largest: bars.reduce((found, { count }) => Math.max(found, count), 0),
    least: total === 0 ? 1 : least,
    most: total === 0 ? 1 : most,
  };
}

/** Several records on one axis, by record; null where there are none, or one without limits. */
export function zoomTogether(
  records: readonly StepRecord[],
  level: ClipLevel,
): ReadonlyMap<StepRecord, ZoomedHistogram> | null {
  const reaches = records.map((record) => bandReach(record, level) ?? NaN);
  const reach = Math.max(...reaches);
  if (!Number.isFinite(reach)) return null;
  return new Map(records.map((record) => [record, zoomToBand(record, level, reach)!]));
}

/** What stands at the ends of an axis. */
export interface EndWords {
  low: string;
  high: string;
}

/** Of what lies beyond a band's axis the thousandth is enough. */
const FAR = 3;

/**
 * At the ends of a zoomed axis: `37 beyond, up to 1.42`, in fewer letters where those do not fit into
 * so many; or how far the ratios on it go.
 */
export function edgeWords(
  record: StepRecord,
  level: ClipLevel,
  { below, above, least, most }: ZoomedHistogram,
  letters = Infinity,
): EndWords {
  const words = (end: Beyond, way: string, all: string, last: number) =>
    end.count > 0
      ? `${end.count} beyond, ${way}to ${ratioAt(record, level, end.farthest, FAR)}`
      : `${all} ${ratioAt(record, level, last)}`;
  const said = (down: string, up: string): EndWords => ({
    low: words(below, down, "lowest", least),
    high: words(above, up, "highest", most),
  });
  const long = said("down ", "up ");
  return long.low.length + long.high.length <= letters ? long : said("", "");
}

/** The same beside the bars of an inner step, `37 to 1.42`; nothing where nothing lies beyond. */
export function edgeCounts(
  record: StepRecord,
  level: ClipLevel,
  { below, above }: ZoomedHistogram,
): EndWords {
  const short = ({ count, farthest }: Beyond) =>
    count === 0 ? "" : `${count} to ${ratioAt(record, level, farthest, FAR)}`;
  return { low: short(below), high: short(above) };
}
