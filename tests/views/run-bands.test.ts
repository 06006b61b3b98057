import { expect, test } from "vitest";
import { appendHistory } from "../../src/store/run/history.ts";
import { runBands } from "../../src/views/distributions/run-bands.ts";
import { report } from "../support/make-record.ts";

const metrics = (spread: number, epsilon: number) => ({
  "ratio/token_p05": 1 - spread,
  "ratio/token_p25": 1 - spread / 2,
  "ratio/token_p50": 1,
  "ratio/token_p75": 1 + spread / 2,
  "ratio/token_p95": 1 + spread,
  "ratio/bin_width": spread / 10,
  "ratio/limit_low": 1 - epsilon,
  "ratio/limit_high": 1 + epsilon,
});
/** Four steps a rollout; ε changes at step 6. */
const history = (steps: number, more: Record<string, number> = {}) =>
  appendHistory(
    [],
    Array.from({ length: steps }, (_, i) =>
      report(i + 1, "token", { ...metrics(0.1, i + 1 < 6 ? 0.2 : 0.03), ...more }),
    ),
    () => "token",
  );

test("quantiles of the inner step asked for, and the limits from the step that brought them", () => {
  const { points, limits, window, binWidth } = runBands(history(12), "token", "token", 3);
  expect(points.map(({ step }) => step)).toEqual([4, 8, 12]);
  expect(points[0]!.at.map(Math.exp)).toEqual(
    [0.9, 0.95, 1, 1.05, 1.1].map((ratio) => expect.closeTo(ratio, 12)),
  );
  expect(limits.map(({ step, limits: at }) => [step, at?.map(Math.exp)])).toEqual([
    [1, [0.8, 1.2].map((ratio) => expect.closeTo(ratio, 12))],
    [6, [0.97, 1.03].map((ratio) => expect.closeTo(ratio, 12))],
  ]);
  expect(binWidth).toBeCloseTo(0.01, 12);
  expect(window).toBeGreaterThan(Math.log(1.2));
});

test("steps without quantiles are left out, a loss without a clip has no limits", () => {
  expect(runBands(history(8), "sequence", "token", null).points).toEqual([]);
  const soft = history(4, { "ratio/limit_low": NaN, "ratio/limit_high": NaN });
  expect(runBands(soft, "token", "token", null).limits).toEqual([{ step: 1, limits: null }]);
});

test("a long run is sampled, its last step always among the points", () => {
  const { points } = runBands(history(3001), "token", "token", null);
  expect(points.length).toBeLessThanOrEqual(502);
  expect(points.at(-1)!.step).toBe(3001);
});
