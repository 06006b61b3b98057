import { expect, test } from "vitest";
import type { StepRecord } from "../../../src/record/record.ts";
import { retainRecords } from "../../../src/record/retained-records.ts";
import { loadPoints, loadTop } from "../../../src/views/experts/load-lines.ts";
import { workedExample } from "../../support/example-record.ts";
import { withRoutes } from "../../support/routed-record.ts";

const at = (step: number, over: Partial<StepRecord> = {}) => ({
  ...workedExample(),
  ...{ step, arm: "token" },
  ...over,
});

test("load over the run: the arm's own steps that left routes, as many experts as now", () => {
  const shown = withRoutes(at(4));
  const kept = retainRecords(
    [],
    [
      withRoutes(at(1)),
      at(2), // of a dense policy
      withRoutes(at(3), { experts: 4 }), // another mixture
      shown,
      withRoutes(at(5, { arm: "sequence" })),
    ],
  );
  const points = loadPoints(kept, shown, "all");
  expect(points.map(({ step }) => step)).toEqual([1, 4]);
  for (const { load } of points) {
    expect(load).toHaveLength(8);
    expect(load.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  }
  const [largest] = [...points[1]!.load].toSorted((a, b) => b - a);
  expect(loadTop(points, 8)).toBeGreaterThanOrEqual(largest!);
  expect(loadTop([], 8)).toBe(0.25);
});
