import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { combined, metricAt, metricOf, OBJECTIVE_METRICS } from "../../src/record/metric-rules.ts";

test("the objective's kernel writes a slot for each of its rows", async () => {
  const code = await readFile("shaders/statistics/objective-metrics.wgsl", "utf8");
  const slots = [...code.matchAll(/\bput\((\d+)u,/g)].map(([, slot]) => Number(slot));
  expect(slots).toEqual(OBJECTIVE_METRICS.map((_, slot) => slot));
});

describe("values of a metric combine", () => {
  test.each([
    ["loss", "micro", [1, 2], 3],
    ["loss", "steps", [1, 2], 1.5],
    ["loss", "micro", [1, NaN], NaN],
    ["loss", "steps", [1, NaN], NaN],
    ["kl", "micro", [1, NaN, 3], 2],
    ["kl", "micro", [NaN], NaN],
    ["ratio/token_min", "micro", [0.9, 0.8], 0.8],
    ["ratio/sequence_max", "steps", [1.1, 1.2], 1.2],
    ["nonfinite", "steps", [1, 2], 3],
    ["grad_norm", "steps", [1, 2, NaN], 2],
    ["clip_ratio/low_min", "micro", [0, 1], 0.5],
    ["of another trainer", "steps", [1, 3], 2],
  ] as const)("%s over %s: %j", (name, over, values, expected) => {
    expect(combined(name, over, values)).toBe(expected);
  });
});

test("a family has what no row of its own has", () => {
  expect(metricOf("rewards/exact/mean").from).toBe("rollout");
  expect(metricOf("completions/of_another_trainer").from).toBe("rollout");
  expect(metricOf("ratio/token_p05").from).toBe("step");
  expect(metricOf("ratio/token_std").from).toBe("objective");
  expect(metricOf("eval_reward").label).toBe("Eval reward");
  expect(metricOf("eval_kl")).toEqual({ from: "evaluation" });
  expect(metricOf("of another trainer")).toEqual({});
  expect(metricOf("toString")).toEqual({});
});

test("a level's counterpart is the other level's", () => {
  expect(metricAt("Spread", "token")).toBe("ratio/token_std");
  expect(metricAt("Spread", "sequence")).toBe("ratio/sequence_std");
  expect(() => metricAt("Clipped", "token")).toThrow('no metric "Clipped" at token level');
});
