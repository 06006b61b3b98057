import { describe, expect, test } from "vitest";
import { edgeCounts, edgeWords, zoomToBand, zoomTogether } from "../../src/analysis/band-zoom.ts";
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

describe("an axis around the clip band", () => {
  const narrow = waveBatch({}, { epsilon: 3e-4, epsilon_high: 4e-4 });
  /** A level's ratios in plain arithmetic: of tokens that count, of rows that have some. */
  const ratiosOf = (of: "token" | "sequence", record = narrow): number[] =>
    of === "token"
      ? [...record.tokenRatio].filter((_, i) => record.mask[i] === 1)
      : [...record.sequenceRatio].filter((_, row) =>
          record.mask.subarray(row * record.columns, (row + 1) * record.columns).includes(1),
        );
  const farthest = (ratios: readonly number[]) => ratios.reduce((most, r) => Math.max(most, r), 1);

  test.each(["token", "sequence"] as const)(
    "%s: its farther limit is in the middle of a side; each ratio is in its bar or counted beyond",
    (of) => {
      const ratios = ratiosOf(of);
      const zoomed = zoomToBand(narrow, of)!;
      expect(Math.log(1.0004) / zoomed.window).toBeCloseTo(0.5, 1);
      const [below, above] = [-1, 1].map((side) =>
        ratios.filter((ratio) => side * Math.log(ratio) > zoomed.window),
      );
      expect(zoomed.below.count).toBe(below!.length);
      expect(zoomed.above).toEqual({ count: above!.length, farthest: farthest(above!) });
      expect(zoomed.below.farthest).toBe(Math.min(...below!));
      expect(zoomed.beyond).toBe(below!.length + above!.length);
      for (const { from, to, count } of zoomed.bars) {
        expect(count).toBe(ratios.filter((r) => Math.log(r) >= from && Math.log(r) < to).length);
      }
      expect(zoomed.total).toBe(ratios.length);
      expect(zoomed.outsideLow).toBe(ratios.filter((ratio) => ratio < 1 - 3e-4).length);
      expect(zoomed.outsideHigh).toBe(ratios.filter((ratio) => ratio > 1 + 4e-4).length);
      // What has moved and is still inside is not outside.
      const wide = waveBatch({}, { epsilon: 0.03 });
      const { outsideLow, outsideHigh, bars } = zoomToBand(wide, of)!;
      const others = ratiosOf(of, wide);
      expect(outsideLow).toBe(others.filter((ratio) => ratio < 0.97).length);
      expect(outsideHigh).toBe(others.filter((ratio) => ratio > 1.03).length);
      const inside = bars.filter(({ from, to }) => from > Math.log(0.97) && to < Math.log(1.03));
      const sum = (some: typeof bars) => some.reduce((all, { clipped }) => all + clipped, 0);
      expect(sum(inside)).toBe(0);
      expect(sum(bars)).toBeGreaterThan(0);
      const plain = levelHistograms(narrow)[of];
      expect([zoomed.clippedLow, zoomed.clippedHigh]).toEqual([
        plain.clippedLow,
        plain.clippedHigh,
      ]);
      expect(zoomed.beyond).toBeGreaterThan(0);
      expect(zoomed.largest).toBe(Math.max(...zoomed.bars.map(({ count }) => count)));
    },
  );

  test("what is masked out of the loss is not counted, nor a row without any of it", () => {
    const mask = narrow.mask.map((counts, i) => (i < narrow.columns ? 0 : counts));
    const masked = { ...narrow, mask };
    expect(zoomToBand(masked, "sequence")!.total).toBe(narrow.rows - 1);
    expect(zoomToBand(masked, "token")!.total).toBe(ratiosOf("token", masked).length);
  });

  test("on policy all stand in the middle bar", () => {
    const { bars, least, most, total } = zoomToBand(waveBatch({ scale: 0, spread: 0 }), "token")!;
    expect(bars[(bars.length - 1) / 2]!.count).toBe(total);
    expect([least, most]).toEqual([1, 1]);
  });

  test("the ends say how many lie beyond and how far, or how far the others go", () => {
    const zoomed = zoomToBand(narrow, "token")!;
    const { low, high } = edgeWords(narrow, "token", zoomed);
    expect(low).toBe(`${zoomed.below.count} beyond, down to ${zoomed.below.farthest.toFixed(3)}`);
    expect(high).toBe(`${zoomed.above.count} beyond, up to ${zoomed.above.farthest.toFixed(3)}`);
    expect(edgeWords(narrow, "token", zoomed, low.length + high.length)).toEqual({ low, high });
    expect(edgeWords(narrow, "token", zoomed, low.length + high.length - 1).high).toBe(
      high.replace("up to", "to"),
    );
    expect(edgeCounts(narrow, "token", zoomed).high).toBe(
      `${zoomed.above.count} to ${zoomed.above.farthest.toFixed(3)}`,
    );
    const near = waveBatch({ scale: 0.01, spread: 0.01 });
    const all = zoomToBand(near, "sequence")!;
    expect(edgeWords(near, "sequence", all)).toEqual({
      low: `lowest ${Math.min(...near.sequenceRatio).toFixed(3)}`,
      high: `highest ${Math.max(...near.sequenceRatio).toFixed(3)}`,
    });
    expect(edgeCounts(near, "sequence", all)).toEqual({ low: "", high: "" });
  });

  test("what is not a number is not cut in silence", () => {
    const tokenRatio = narrow.tokenRatio.map((ratio, i) => (i === 0 ? NaN : ratio));
    const broken = { ...narrow, tokenRatio };
    const zoomed = zoomToBand(broken, "token")!;
    expect(zoomed.total).toBe(ratiosOf("token").length);
    expect(edgeWords(broken, "token", zoomed).high).toMatch(/beyond, up to NaN$/);
  });

  test("several records stand on the axis of the widest band; a loss without limits has none", () => {
    const wide = waveBatch({}, { epsilon: 0.2 });
    const together = zoomTogether([narrow, wide], "token")!;
    const window = zoomToBand(wide, "token")!.window;
    expect([narrow, wide].map((record) => together.get(record)!.window)).toEqual([window, window]);
    expect(zoomTogether([], "token")).toBeNull();
    const cispo = waveBatch({}, { loss_type: "cispo" });
    expect(zoomToBand(cispo, "token")).toBeNull();
    expect(zoomTogether([narrow, cispo], "token")).toBeNull();
  });

  test("a band that reaches below 0 is as wide as its upper side", () => {
    const open = waveBatch({}, { epsilon: 1, epsilon_high: 0.2 });
    expect(zoomToBand(open, "token")!.window).toBeCloseTo(
      zoomToBand(waveBatch({}, { epsilon: 0.1, epsilon_high: 0.2 }), "token")!.window,
      12,
    );
  });
});

describe("axes", () => {
  test("widen in steps only", () => {
    expect(axisWindow(0.3)).toBe(0.45);
    expect(axisWindow(0.44)).toBe(0.45);
    expect(axisWindow(0.46)).toBe(0.7);
  });

  test.each([
    [6e-6, 330],
    [8e-4, 330],
    [8e-4, 1000],
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
