import { describe, expect, test } from "vitest";
import { meanBand } from "../../../src/store/charts/band.ts";
import { thinnedBand } from "../../../src/store/charts/drawn.ts";
import { pointAt, smoothed, thinned, valueAt, type Line } from "../../../src/store/charts/line.ts";
import { fc } from "../../support/fuzz.ts";

const lineOf = (...values: (number | undefined)[]): Line =>
  values.map((y, index) => ({ x: 10 * (index + 1), y, step: index + 1 }));
const ys = (line: Line): (number | undefined)[] => line.map(({ y }) => y);

const anyLine = fc
  .array(fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { nil: undefined, freq: 20 }), {
    minLength: 1,
    maxLength: 2000,
    size: "max",
  })
  .map((values) => lineOf(...values));

describe("a thinned line", () => {
  test("stays within the limit and still reaches every peak and trough", () => {
    fc.assert(
      fc.property(anyLine, fc.integer({ min: 20, max: 600 }), (line, limit) => {
        const thin = thinned(line, limit);
        expect(thin.length).toBeLessThanOrEqual(limit);
        const finite = (each: Line): number[] =>
          each.flatMap(({ y }) => (y === undefined ? [] : [y]));
        if (finite(line).length > 0) {
          expect(Math.min(...finite(thin))).toBe(Math.min(...finite(line)));
          expect(Math.max(...finite(thin))).toBe(Math.max(...finite(line)));
        }
        expect(thin[0]).toBe(line[0]);
        expect(thin.at(-1)).toBe(line.at(-1));
        expect(thin.map(({ x }) => x)).toEqual(thin.map(({ x }) => x).toSorted((a, b) => a - b));
      }),
    );
  });

  test("keeps one spike among thousands, and a gap", () => {
    const values: (number | undefined)[] = new Array<number>(5000).fill(0.5);
    values[3333] = 9;
    values[1000] = undefined;
    const thin = thinned(lineOf(...values));
    expect(ys(thin)).toContain(9);
    expect(ys(thin)).toContain(undefined);
  });

  test("is left alone below the limit", () => {
    const line = lineOf(1, 2, 3);
    expect(thinned(line, 3)).toBe(line);
  });

  test("does not change shape while it grows", () => {
    const values = Array.from({ length: 1400 }, (_, index) => Math.sin(index * index));
    const before = thinned(lineOf(...values.slice(0, 1200)));
    const after = thinned(lineOf(...values));
    const steps = new Set(after.map(({ step }) => step));
    const lost = before.filter(({ step }) => step < 1190 && !steps.has(step));
    expect(lost).toEqual([]);
  });
});

describe("a smoothed line", () => {
  test("halves a value's weight after the half-life and is not drawn towards 0", () => {
    // Weights 1 and 0.5 at half-life 1: (1 + 0.5 · 3) / 1.5, then (2 + 0.5 · 2.5) / 1.75.
    expect(ys(smoothed(lineOf(3, 1, 2), 1))).toEqual([3, 2.5 / 1.5, 3.25 / 1.75]);
    for (const y of ys(smoothed(lineOf(7, 7, 7, 7), 20))) expect(y).toBeCloseTo(7, 12);
  });

  test("takes missing steps for time that has passed", () => {
    const sparse: Line = [
      { x: 1, y: 4, step: 1 },
      { x: 5, y: 0, step: 5 },
    ];
    expect(ys(smoothed(sparse, 2))[1]).toBeCloseTo((0.25 * 4) / 1.25, 12);
  });

  test("keeps gaps and stays between the extremes", () => {
    fc.assert(
      fc.property(anyLine, fc.constantFrom(5, 20, 100), (line, halfLife) => {
        const smooth = ys(smoothed(line, halfLife));
        const finite = ys(line).filter((y) => y !== undefined);
        const [low, high] = [Math.min(...finite), Math.max(...finite)];
        const slack = 1e-9 * Math.max(1, Math.abs(low), Math.abs(high));
        expect(smooth.map((y) => y === undefined)).toEqual(ys(line).map((y) => y === undefined));
        for (const y of smooth) {
          if (y === undefined) continue;
          expect(y).toBeGreaterThanOrEqual(low - slack);
          expect(y).toBeLessThanOrEqual(high + slack);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("the mean of seeds", () => {
  test("has a band from the least to the most, or of one sample deviation", () => {
    const lines = [lineOf(1, 2), lineOf(2, 4), lineOf(6, 6)];
    expect(meanBand(lines, "range")).toEqual([
      { x: 10, step: 1, mean: 3, low: 1, high: 6 },
      { x: 20, step: 2, mean: 4, low: 2, high: 6 },
    ]);
    const [first] = meanBand(lines, "sd");
    expect(first?.low).toBeCloseTo(3 - Math.sqrt(7), 12);
    expect(first?.high).toBeCloseTo(3 + Math.sqrt(7), 12);
  });

  test("ends with the shortest, and skips what one has not got", () => {
    const band = meanBand([lineOf(1, 2, 3, 4), lineOf(1, undefined, 3)], "range");
    expect(band.map(({ step }) => step)).toEqual([1, 3]);
  });

  test("lies at the mean of their places where these differ", () => {
    const [one, other] = [lineOf(1), [{ x: 30, y: 3, step: 1 }]];
    expect(meanBand([one, other], "range")).toEqual([{ x: 20, step: 1, mean: 2, low: 1, high: 3 }]);
  });

  test("keeps the widest reach of its band when thinned", () => {
    const band = Array.from({ length: 1000 }, (_, index) => ({
      x: index,
      step: index,
      mean: 0,
      low: index === 777 ? -9 : -1,
      high: index === 100 ? 9 : 1,
    }));
    const thin = thinnedBand(band, 100);
    expect(thin.length).toBeLessThanOrEqual(100);
    expect(Math.min(...thin.map(({ low }) => low))).toBe(-9);
    expect(Math.max(...thin.map(({ high }) => high))).toBe(9);
  });
});

test("the value at the cursor is that of the last point before it", () => {
  const line = lineOf(1, 2, 3);
  expect([5, 10, 19.9, 20, 99].map((x) => valueAt(line, x))).toEqual([undefined, 1, 1, 2, 3]);
  expect(pointAt([], 3)).toBeUndefined();
});
