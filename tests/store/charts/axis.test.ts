import { describe, expect, test } from "vitest";
import { axisEnd, linearAxis, logAxis, xTicks } from "../../../src/store/charts/axis.ts";

test("axes end on round numbers and only grow", () => {
  expect(axisEnd(0.13, 0.08)).toBe(0.2);
  expect(axisEnd(0.05, 0.08)).toBe(0.08);
  expect(axisEnd(730, 1)).toBe(1000);
  expect(axisEnd(-3, 0)).toBe(-5);
  expect(axisEnd(Number.NaN, 1)).toBe(1);
});

describe("the x axis", () => {
  test("has four ticks from 0, and more than a few steps, tokens or seconds", () => {
    expect(xTicks(0, "step")).toEqual([0, 10, 20, 30]);
    expect(xTicks(31, "step")).toEqual([0, 20, 40, 60]);
    expect(xTicks(600, "step")).toEqual([0, 200, 400, 600]);
    expect(xTicks(100, "tokens")).toEqual([0, 1000, 2000, 3000]);
    expect(xTicks(95_000, "tokens")).toEqual([0, 40_000, 80_000, 120_000]);
    expect(xTicks(2, "time")).toEqual([0, 2, 4, 6]);
  });
});

describe("the value axis", () => {
  test("is linear from 0 to at least the chart's own top", () => {
    expect(linearAxis([0.2, 0.4], 1)).toEqual({
      bottom: 0,
      top: 1,
      ticks: [0, 0.5, 1],
      log: false,
    });
    expect(linearAxis([-3, 0.4], 1)).toEqual({ bottom: -5, top: 1, ticks: [-5, 0, 1], log: false });
  });

  test("has a height where nothing but zeros is drawn, and where values are tiny", () => {
    expect(linearAxis([0, 0], 0)).toMatchObject({ bottom: 0, top: 1 });
    expect(linearAxis([1e-6], 0)).toMatchObject({ bottom: 0, top: 1e-6 });
  });

  test("is logarithmic over whole decades, four ticks at most", () => {
    expect(logAxis([0.02, 0.5])).toMatchObject({ bottom: 0.01, top: 1, log: true });
    expect(logAxis([1e-3, 1])?.ticks.map(Math.log10)).toEqual([-3, -2, -1, 0]);
    expect(logAxis([1e-6, 1e6])?.ticks.length).toBeLessThanOrEqual(4);
    expect(logAxis([5])).toMatchObject({ bottom: 1, top: 10 });
  });

  test("leaves out what is not above 0, and is none where nothing is", () => {
    expect(logAxis([-1, 0, 0.5])).toMatchObject({ bottom: 0.1, top: 1 });
    expect(logAxis([0, -2])).toBeNull();
  });
});
