import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  interval,
  Moments,
  MOST_VALUES,
  slope,
  timesInterval,
} from "../../src/analysis/statistics.ts";
import { difference, plusMinus, sharePlusMinus, times } from "../../src/experiments/words.ts";

interface Ends {
  mean: number;
  low: number;
  high: number;
}
/** As oracle/intervals.py makes it, with mpmath and numpy. */
const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/intervals.json", import.meta.url), "utf8"),
) as {
  quantiles: number[];
  cases: { a: number[]; b: number[]; difference: Ends; times: Ends; slope: number }[];
};

/** How far a value is from the wanted one, relative to that. */
const apart = (value: number, wanted: number): number =>
  Math.abs(value - wanted) / Math.max(Math.abs(wanted), 1e-12);
/** The table of quantiles has seven digits. */
const NEAR = 1e-6;

test("the half of an interval of n values is Student's quantile of n − 1, for every n", () => {
  expect(fixture.quantiles).toHaveLength(MOST_VALUES - 1);
  for (const [i, quantile] of fixture.quantiles.entries()) {
    const n = i + 2;
    // Alternating values: the deviation is known without a sum of squares.
    const values = Array.from({ length: n }, (_, at) => (at % 2 === 0 ? 1 : -1));
    const middle = n % 2 === 0 ? 0 : 1 / n;
    const s = Math.sqrt((n - n * middle ** 2) / (n - 1));
    const { mean, high, n: seeds } = interval(values)!;
    expect(mean).toBeCloseTo(middle, 12);
    expect(seeds).toBe(n);
    expect(apart(high - mean, (quantile * s) / Math.sqrt(n))).toBeLessThan(NEAR);
  }
});

describe.each(fixture.cases)(
  "of $a.length pairs",
  ({ a, b, difference: paired, times: of, slope: rise }) => {
    test("the paired interval of the differences is numpy's", () => {
      const found = interval(a.map((value, i) => value - b[i]!))!;
      expect(apart(found.mean, paired.mean)).toBeLessThan(NEAR);
      expect(apart(found.low, paired.low)).toBeLessThan(NEAR);
      expect(apart(found.high, paired.high)).toBeLessThan(NEAR);
    });

    test("how many times one is the other, with its interval, is numpy's", () => {
      const found = timesInterval(a, b)!;
      expect(apart(found.mean, of.mean)).toBeLessThan(NEAR);
      expect(apart(found.low, of.low)).toBeLessThan(NEAR);
      expect(apart(found.high, of.high)).toBeLessThan(NEAR);
    });

    test("the slope is numpy.polyfit's", () => {
      expect(apart(slope(a.map((x, i) => [x, b[i]!] as const)), rise)).toBeLessThan(NEAR);
    });

    test("running deviations are those of the whole", () => {
      const moments = new Moments();
      for (const value of a) moments.add(value);
      const middle = a.reduce((sum, value) => sum + value) / a.length;
      const squares = a.reduce((sum, value) => sum + (value - middle) ** 2, 0);
      expect(apart(moments.deviation, Math.sqrt(squares / a.length))).toBeLessThan(NEAR);
    });
  },
);

test("one value has no interval, and more than the table has are refused", () => {
  expect(interval([1])).toBeNull();
  expect(timesInterval([1, 0], [1, 1])).toBeNull();
  expect(interval(Array<number>(MOST_VALUES).fill(1))).toMatchObject({ low: 1, high: 1 });
  expect(() => interval(Array<number>(MOST_VALUES + 1).fill(1))).toThrow(RangeError);
  expect(slope([[1, 2]])).toBeNaN();
});

describe("in words", () => {
  const found = { mean: 0.0112, low: -0.0078, high: 0.0302, n: 8 };
  const words = { more: "it is more", less: "it is less" };

  test("an interval that holds 0 is no difference, with what could not be seen", () => {
    expect(difference("Reward", found, words)).toBe(
      "Reward +0.011 ± 0.019: no difference; over 8 seeds one below 0.019 cannot be told from none.",
    );
  });

  test("one that does not is one", () => {
    expect(difference("Reward", { ...found, low: 0.001, high: 0.0214 }, words)).toBe(
      "Reward +0.011 ± 0.010: it is more.",
    );
    const less = { mean: -0.5, low: -0.6, high: -0.4, n: 2 };
    expect(difference("Reward", less, words)).toBe("Reward −0.50 ± 0.10: it is less.");
    const none = { mean: 0, low: 0, high: 0, n: 8 };
    expect(difference("Reward", none, words)).toBe("Reward 0 ± 0: no difference at all.");
  });

  test("shares are percentages, and quotients have their interval", () => {
    expect(sharePlusMinus({ mean: 0.143, low: 0.137, high: 0.149, n: 8 })).toBe("14.30 ± 0.60 %");
    expect(times({ mean: 6.17, low: 5.98, high: 6.41, n: 8 })).toBe(
      "6.2 times (95 % interval 6.0 to 6.4)",
    );
    expect(plusMinus({ mean: 1, low: 1, high: 1, n: 3 }, true)).toBe("+1 ± 0");
  });
});
