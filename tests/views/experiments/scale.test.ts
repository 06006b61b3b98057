import { expect, test } from "vitest";
import { scaleOf } from "../../../src/views/experiments/scale.ts";

const axis = { label: "x" };

test("a larger picture has more values on a linear axis, and the same range", () => {
  const [small, large] = [3, 6].map((parts) => scaleOf([0.36, 0.74], axis, { parts }));
  expect(small!.ticks).toEqual([0.2, 0.4, 0.6, 0.8]);
  expect(large!.ticks).toEqual([0.3, 0.4, 0.5, 0.6, 0.7, 0.8]);
  expect(scaleOf([1, 160], axis, { parts: 6, tight: true }).ticks.slice(0, 2)).toEqual([20, 40]);
});

test("a logarithmic axis has two values at least, in less than a decade too", () => {
  const log = { ...axis, log: true } as const;
  expect(scaleOf([0.35, 0.66], log, { parts: 3 }).ticks).toEqual([0.4, 0.5, 0.6, 0.7]);
  expect(scaleOf([1, 10], log, { parts: 3 }).ticks).toEqual([1, 2, 5, 10]);
  expect(scaleOf([0.01, 100], log, { parts: 3 }).ticks).toEqual([0.01, 0.1, 1, 10, 100]);
});
