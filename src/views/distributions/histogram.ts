import type { RatioHistograms, StepRecord } from "../../engine/record.ts";
import { clipRule } from "../figure/clip-rule.ts";
import { axisWindow } from "../log-axis.ts";

/** One level's bars, ready to draw. */
export interface LevelHistogram {
  bars: readonly { from: number; to: number; count: number; clipped: number }[];
  total: number;
  clipped: number;
  /** Of those, below and above ratio 1. */
  clippedLow: number;
  clippedHigh: number;
  largest: number;
}

/** Bars of both levels in the same bins, and the half-width in natural log of their common axis. */
export function levelHistograms(record: StepRecord): {
  token: LevelHistogram;
  sequence: LevelHistogram;
  window: number;
} {
  const { histograms } = record;
  const rule = clipRule(record.config);
  const limits = rule.kind === "hard" ? [rule.low, rule.high] : [];
  const extent = Math.max(
    0.02,
    reach(histograms, histograms.token),
    reach(histograms, histograms.sequence),
    // A wide band may stand at the edge of the plot; it need not widen it without end.
    ...limits.map((limit) => Math.min(0.42, Math.abs(Math.log(Math.max(limit, 1e-9))) * 1.15)),
  );
  const window = Math.min(histograms.range, axisWindow(extent));
  // Neighbouring bins are added up until a bar is wide enough to be seen.
  // An odd number of them, so that a ratio of 1 stays in the middle of the middle bar.
  const wanted = (window / 56 / histograms.range) * histograms.bins;
  const merge = 1 + 2 * Math.max(0, Math.round((wanted - 1) / 2));
  return {
    token: level(histograms, histograms.token, histograms.tokenClipped, window, merge),
    sequence: level(histograms, histograms.sequence, histograms.sequenceClipped, window, merge),
    window,
  };
}

const edge = ({ range, bins }: RatioHistograms, bin: number) => -range + (2 * range * bin) / bins;

/** How far from 1 the outermost filled bin reaches, in natural log. */
function reach(histograms: RatioHistograms, counts: Uint32Array): number {
  let most = 0;
  counts.forEach((count, bin) => {
    if (count > 0) {
      most = Math.max(most, Math.abs(edge(histograms, bin)), Math.abs(edge(histograms, bin + 1)));
    }
  });
  return most;
}

function level(
  histograms: RatioHistograms,
  counts: Uint32Array,
  cut: Uint32Array,
  window: number,
  merge: number,
): LevelHistogram {
  const bars: { from: number; to: number; count: number; clipped: number }[] = [];
  let [total, clippedLow, clippedHigh] = [0, 0, 0];
  counts.forEach((count, bin) => {
    total += count;
    if (edge(histograms, bin) + edge(histograms, bin + 1) < 0) clippedLow += cut[bin]!;
    else clippedHigh += cut[bin]!;
  });
  const middle = (histograms.bins - merge) / 2;
  const aside = Math.ceil(middle / merge);
  for (let step = -aside; step <= aside; step++) {
    const from = Math.max(0, middle + step * merge);
    const to = Math.min(histograms.bins, middle + (step + 1) * merge);
    if (edge(histograms, to) < -window || edge(histograms, from) > window) continue;
    let [count, clipped] = [0, 0];
    for (let bin = from; bin < to; bin++) {
      count += counts[bin]!;
      clipped += cut[bin]!;
    }
    bars.push({ from: edge(histograms, from), to: edge(histograms, to), count, clipped });
  }
  return {
    bars,
    total,
    clipped: clippedLow + clippedHigh,
    clippedLow,
    clippedHigh,
    largest: bars.reduce((most, bar) => Math.max(most, bar.count), 0),
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
