import type { RatioHistograms, StepRecord } from "../record/record.ts";
import { clipRuleAt } from "./clip-rule.ts";
import { axisWindow } from "./log-axis.ts";

/** One level's bars, ready to draw. */
export interface LevelHistogram {
  bars: readonly { from: number; to: number; count: number; clipped: number }[];
  total: number;
  clipped: number;
  /** Of those, below and above ratio 1. */
  clippedLow: number;
  clippedHigh: number;
  /** Beyond the axis on either side; the end bars hold them. */
  beyond: number;
  largest: number;
}

/** The half-width in natural log of the axis that both levels of a record share. */
export function histogramWindow(record: StepRecord): number {
  const { histograms } = record;
  const limits = (["token", "sequence"] as const).flatMap((level) => {
    const rule = clipRuleAt(record, level);
    return rule.kind === "hard" ? [rule.low, rule.high] : [];
  });
  const extent = Math.max(
    0.02,
    reach(histograms, histograms.token),
    reach(histograms, histograms.sequence),
    // A wide band may stand at the edge of the plot; it need not widen it without end.
    ...limits.map((limit) => Math.min(0.42, Math.abs(Math.log(Math.max(limit, 1e-9))) * 1.15)),
  );
  return Math.min(histograms.range, axisWindow(extent));
}

/** Bars of both levels in the same bins, and the half-width in natural log of their common axis. */
export function levelHistograms(
  record: StepRecord,
  window = histogramWindow(record),
): {
  token: LevelHistogram;
  sequence: LevelHistogram;
  window: number;
} {
  const { histograms } = record;
  // Neighbouring bins are added up until a bar is wide enough to be seen.
  // As odd or even a number as there are bins, so that a ratio of 1 stays in the middle of a bar.
  const odd = histograms.bins % 2;
  const wanted = (window / 56 / histograms.range) * histograms.bins;
  const merge = odd + 2 * Math.max(1 - odd, Math.round((wanted - odd) / 2));
  const sides = clippedSides(record);
  return {
    token: level(histograms, histograms.token, histograms.tokenClipped, window, merge, sides.token),
    sequence: level(
      histograms,
      histograms.sequence,
      histograms.sequenceClipped,
      window,
      merge,
      sides.sequence,
    ),
    window,
  };
}

const edge = ({ range, bins }: RatioHistograms, bin: number) => -range + (2 * range * bin) / bins;

/** So many of the counts may lie beyond the axis: a single far token would flatten all the others. */
const BEYOND = 0.03;

/** How far from 1 the filled bins reach, in natural log, but for the outermost BEYOND of the counts. */
function reach(histograms: RatioHistograms, counts: Uint32Array): number {
  const { bins } = histograms;
  let left = BEYOND * counts.reduce((sum, count) => sum + count, 0);
  for (let low = 0; low < bins - 1 - low; low++) {
    left -= counts[low]! + counts[bins - 1 - low]!;
    if (left < 0) return Math.abs(edge(histograms, low));
  }
  return bins % 2 === 1 && counts[(bins - 1) / 2]! > 0 ? edge(histograms, (bins + 1) / 2) : 0;
}

function level(
  histograms: RatioHistograms,
  counts: Uint32Array,
  cut: Uint32Array,
  window: number,
  merge: number,
  [clippedLow, clippedHigh]: readonly [number, number],
): LevelHistogram {
  const bars: LevelHistogram["bars"][number][] = [];
  const outside = { low: { count: 0, clipped: 0 }, high: { count: 0, clipped: 0 } };
  const total = counts.reduce((sum, count) => sum + count, 0);
  const middle = (histograms.bins - merge) / 2;
  const aside = Math.ceil(middle / merge);
  for (let step = -aside; step <= aside; step++) {
    const from = Math.max(0, middle + step * merge);
    const to = Math.min(histograms.bins, middle + (step + 1) * merge);
    let [count, clipped] = [0, 0];
    for (let bin = from; bin < to; bin++) {
      count += counts[bin]!;
      clipped += cut[bin]!;
    }
    const side =
      edge(histograms, to) < -window ? "low" : edge(histograms, from) > window ? "high" : null;
    if (side !== null) {
      outside[side].count += count;
      outside[side].clipped += clipped;
      continue;
    }
    bars.push({ from: edge(histograms, from), to: edge(histograms, to), count, clipped });
  }
  for (const [side, at] of [
    ["low", 0],
    ["high", bars.length - 1],
  ] as const) {
    const end = bars[at];
    if (end === undefined) continue;
    const { count, clipped } = outside[side];
    bars[at] = { ...end, count: end.count + count, clipped: end.clipped + clipped };
  }
  return {
    bars,
    beyond: outside.low.count + outside.high.count,
    total,
    clipped: clippedLow + clippedHigh,
    clippedLow,
    clippedHigh,
    largest: bars.reduce((most, bar) => Math.max(most, bar.count), 0),
  };
}

/**
 * How many tokens and rows were clipped [below, above] ratio 1, from the GPU's verdicts: a narrow
 * band lies within one bin, which cannot tell its sides apart.
 */
function clippedSides(record: StepRecord): {
  token: readonly [number, number];
  sequence: readonly [number, number];
} {
  const split = (verdicts: Uint32Array, ratios: Float32Array): readonly [number, number] => {
    let [low, high] = [0, 0];
    verdicts.forEach((clipped, i) => {
      if (clipped !== 1) return;
      if (ratios[i]! < 1) low++;
      else high++;
    });
    return [low, high];
  };
  return {
    token: split(record.tokenClipped, record.tokenRatio),
    sequence: split(record.sequenceClipped, record.sequenceRatio),
  };
}

/** Three or four round marks from 0 to at least `largest`. */
export function countTicks(largest: number): number[] {
  const rough = Math.max(1, largest) / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(
    1,
    [1, 2, 5, 10].map((m) => m * power).find((each) => each >= rough)!,
  );
  const marks = [0];
  while (marks.at(-1)! < largest || marks.length < 2) marks.push(marks.length * step);
  return marks;
}
