import { expect, test } from "vitest";
import { stepTime, withPoint, type PacePoint } from "../../../src/store/run/pace.ts";

/** Generations of four steps: the first takes 700 ms, each other 100 ms. */
function points(steps: number): readonly PacePoint[] {
  let all: readonly PacePoint[] = [{ step: 0, elapsedMs: 0 }];
  for (let step = 1; step <= steps; step++) {
    const { elapsedMs } = all.at(-1)!;
    all = withPoint(all, { step, elapsedMs: elapsedMs + (step % 4 === 1 ? 700 : 100) });
  }
  return all;
}

test("the time of a step does not jump with the place in the generation", () => {
  for (let steps = 40; steps <= 48; steps++) expect(stepTime(points(steps), 4)).toBeCloseTo(250);
});

test("only the last seconds count", () => {
  let all = points(40);
  const { elapsedMs } = all.at(-1)!;
  for (let i = 1; i <= 80; i++)
    all = withPoint(all, { step: 40 + i, elapsedMs: elapsedMs + 50 * i });
  expect(stepTime(all, 4)).toBeCloseTo(50);
});

test("the first steps have a pace too, and no step has none", () => {
  expect(stepTime(points(1), 4)).toBe(700);
  expect(stepTime(points(0), 4)).toBeNull();
  expect(stepTime([], 4)).toBeNull();
});

test("what is remembered is bounded", () => {
  expect(points(1000).length).toBe(200);
});
