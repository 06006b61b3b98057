import { describe, expect, test } from "vitest";
import * as format from "../../src/analysis/format.ts";

describe("numbers", () => {
  test("a negative number has a real minus, and rounding to zero takes the sign away", () => {
    expect(format.fixed(-1.3885, 3)).toBe("−1.389");
    expect(format.fixed(-0.0004, 3)).toBe("0.000");
  });

  test("signed quantities always show their sign, zero a space as wide", () => {
    expect(format.signed(0.866, 2)).toBe("+0.87");
    expect(format.signed(-0.866, 2)).toBe("−0.87");
    expect(format.signed(0, 2)).toBe("\u20070.00");
    expect(format.signed(-0.001, 2)).toBe("\u20070.00");
  });

  test("what is not a number says so", () => {
    expect(format.ratio(NaN)).toBe("NaN");
    expect(format.coefficient(NaN).trim()).toBe("NaN");
    expect(format.ratio(Infinity)).toBe("∞");
  });

  test("zeros are never trimmed", () => {
    expect(format.ratio(1)).toBe("1.000");
    expect(format.percent(0.25)).toBe("25.0\u202f%");
  });

  test("a ratio too long for its column turns scientific", () => {
    expect(format.ratio(162_755)).toBe("1.6e5");
  });

  test("settings and limits keep small ε visible", () => {
    expect(format.setting(0.0003)).toBe("3e−4");
    expect(format.setting(0.2)).toBe("0.2");
    expect(format.limit(0.8)).toBe("0.80");
    expect(format.limit(1.0004)).toBe("1.0004");
    expect(format.limit(1.00035)).toBe("1.000350");
  });

  test("copies are ASCII", () => {
    expect(format.ascii(`${format.signed(-0.5, 2)} ${format.signed(0, 2)}`)).toBe("-0.50 0.00");
  });
});

test("a ratio has the decimals that tell it from the nearer clip limit", () => {
  const decimals = (epsilon: number, epsilon_high: number | null = null) =>
    format.ratioDecimals({ epsilon, epsilon_high });
  expect([0.2, 0.03, 0.01].map((epsilon) => decimals(epsilon))).toEqual([3, 3, 3]);
  expect(decimals(3e-4, 4e-4)).toBe(5);
  expect(decimals(0.2, 4e-4)).toBe(5);
  expect(decimals(1e-9)).toBe(7);
  expect(decimals(0)).toBe(3);
  expect(format.ratio(1.00042, decimals(3e-4))).toBe("1.00042");
});
