import { describe, expect, test } from "vitest";
import { countTicks, levelHistograms } from "../../src/analysis/histogram.ts";
import { axisWindow, ratioTicks } from "../../src/analysis/log-axis.ts";
import { sortGroup, waveBatch } from "../support/example-record.ts";

const total = (counts: Uint32Array) => counts.reduce((sum, count) => sum + count, 0);

describe("the two distributions", () => {
  const record = waveBatch({}, { epsilon: 0.02 });
  const { token, sequence, window } = levelHistograms(record);

  test("every count of the GPU is in some bar", () => {
    for (const [level, counts, cut] of [
      [token, record.histograms.token, record.histograms.tokenClipped],
      [sequence, record.histograms.sequence, record.histograms.sequenceClipped],
    ] as const) {
      expect(level.bars.reduce((sum, bar) => sum + bar.count, 0)).toBe(total(counts));
      expect(level.bars.reduce((sum, bar) => sum + bar.clipped, 0)).toBe(total(cut));
      expect(level.total).toBe(total(counts));
      expect(level.clipped).toBe(total(cut));
    }
  });

  test("both levels have the same bins, and ratio 1 is the middle of the middle bar", () => {
    expect(token.bars.map(({ from, to }) => [from, to])).toEqual(
      sequence.bars.map(({ from, to }) => [from, to]),
    );
    const middle = token.bars[(token.bars.length - 1) / 2]!;
    expect(middle.from + middle.to).toBeCloseTo(0, 12);
  });

  test("token ratios reach further than sequence ratios", () => {
    const reach = (bars: typeof token.bars) =>
      Math.max(...bars.filter(({ count }) => count > 0).map(({ to }) => Math.abs(to)));
    expect(reach(token.bars)).toBeGreaterThan(1.5 * reach(sequence.bars));
    expect(window).toBeGreaterThanOrEqual(reach(sequence.bars));
  });

  test("clipped counts are told apart by side", () => {
    const { token: group } = levelHistograms(sortGroup());
    expect([group.clippedLow, group.clippedHigh]).toEqual([3, 2]);
  });

  test("even when the whole band lies within one bin", () => {
    const narrow = waveBatch(
      { scale: 0.002, spread: 0.001 },
      { epsilon: 3e-4, epsilon_high: 4e-4 },
    );
    const { token: level } = levelHistograms(narrow);
    expect(level.clippedLow).toBeGreaterThan(100);
    expect(level.clippedHigh).toBeGreaterThan(100);
    expect(level.clippedLow + level.clippedHigh).toBe(level.clipped);
  });

  test("records with an even number of bins lose no count", () => {
    const bins = (counts: Uint32Array) => counts.slice(0, counts.length - 1);
    const { histograms } = record;
    const even = {
      ...record,
      histograms: {
        ...histograms,
        bins: histograms.bins - 1,
        token: bins(histograms.token),
        tokenClipped: bins(histograms.tokenClipped),
        sequence: bins(histograms.sequence),
        sequenceClipped: bins(histograms.sequenceClipped),
      },
    };
    const { token: level } = levelHistograms(even);
    expect(level.bars.reduce((sum, bar) => sum + bar.count, 0)).toBe(total(even.histograms.token));
  });
});

describe("axes", () => {
  test("widen in steps only", () => {
    expect(axisWindow(0.3)).toBe(0.45);
    expect(axisWindow(0.44)).toBe(0.45);
    expect(axisWindow(0.46)).toBe(0.7);
  });

  test.each([
    [0.01, 330],
    [0.1, 500],
    [0.45, 330],
    [0.45, 700],
    [2.5, 330],
    [12, 330],
  ])("±%f on %i px has ticks apart, 1 among them", (window, width) => {
    const ticks = ratioTicks(window, width);
    const places = ticks.map(({ ratio }) => (Math.log(ratio) / window) * (width / 2));
    places.slice(1).forEach((place, i) => expect(place - places[i]!).toBeGreaterThan(45));
    expect(ticks.some(({ ratio }) => ratio === 1)).toBe(true);
    expect(ticks.length).toBeGreaterThanOrEqual(3);
    expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length);
  });

  test("counts have at most five round marks", () => {
    for (const largest of [0, 1, 2, 7, 15, 62, 499, 12_345]) {
      const marks = countTicks(largest);
      expect(marks.at(-1)).toBeGreaterThanOrEqual(largest);
      expect(marks.length).toBeLessThanOrEqual(5);
    }
  });
});
