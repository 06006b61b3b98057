import { expect, test } from "vitest";
import { evaluateObjective } from "../../src/engine/objective/evaluate.ts";
import { HISTOGRAM_BINS } from "../../src/engine/objective/statistics.ts";
import { makeProblem } from "../support/objective-problem.ts";
import { sharedDevice } from "../support/shared-device.ts";
import { compiles } from "../support/hosts.ts";

compiles(
  "objective/advantage",
  "objective/clip",
  "objective/loss",
  "objective/sequence-ratio",
  "lib/settings",
  "objective/token-log-ratio",
  "statistics/objective-metrics",
  "statistics/ratio-histogram",
  "statistics/row-statistics",
);

const device = sharedDevice();

// 70 × 9 tokens are more than the workgroup has threads.
test("the histograms count what the views hold", async () => {
  for (const histogramRange of [0.5, 0.05]) {
    const { scope, ...problem } = makeProblem(9, 70, { epsilon: 0.1 });
    const actual = await evaluateObjective(device(), {
      ...problem,
      scope: { ...scope, histogramRange },
    });
    const { mask } = problem.batch;
    const bin = (d: number) => {
      const at = ((d + histogramRange) / (2 * histogramRange)) * HISTOGRAM_BINS;
      return Math.min(Math.max(Math.floor(at), 0), HISTOGRAM_BINS - 1);
    };
    const expected = Array.from({ length: 4 }, () =>
      Array.from({ length: HISTOGRAM_BINS }, () => 0),
    );
    mask.forEach((row, b) => {
      row.forEach((m, t) => {
        if (m === 0) return;
        expected[0]![bin(actual.logRatio[b]![t]!)]! += 1;
        expected[1]![bin(actual.logRatio[b]![t]!)]! += actual.tokenClipped[b]![t]!;
      });
      if (!row.includes(1)) return;
      expected[2]![bin(Math.log(actual.sequenceRatio[b]!))]! += 1;
      expected[3]![bin(Math.log(actual.sequenceRatio[b]!))]! += actual.sequenceClipped[b]!;
    });
    expect(actual.histogram).toEqual(expected);
    const total = (counts: number[]) => counts.reduce((a, b) => a + b, 0);
    expect(total(actual.histogram[0]!)).toBe(total(mask.flat()));
    expect(total(actual.histogram[1]!)).toBeGreaterThan(0);
    // What lies beyond the range is in the outermost bins.
    const outermost = actual.histogram[0]![0]! + actual.histogram[0]![HISTOGRAM_BINS - 1]!;
    expect(outermost > 100).toBe(histogramRange === 0.05);
  }
});

test("a ratio of exactly 1 is in the middle bin", async () => {
  const { batch, ...problem } = makeProblem(6, 5);
  const { histogram } = await evaluateObjective(device(), {
    ...problem,
    batch: { ...batch, logpOld: null },
  });
  const middle = (HISTOGRAM_BINS - 1) / 2;
  expect(histogram[0]![middle]).toBe(batch.mask.flat().filter((m) => m === 1).length);
});
