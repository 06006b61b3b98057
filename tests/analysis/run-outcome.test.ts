import { expect, test } from "vitest";
import { armOutcomes } from "../../src/analysis/run-outcome.ts";
import type { StepReport } from "../../src/record/record.ts";

const at = (arm: string, step: number, metrics: Record<string, number>): StepReport => ({
  arm,
  step,
  generation: Math.floor(step / 4),
  innerStep: step % 4,
  metrics,
});

test("a rollout counts once, however many of its steps are in sight; every step's clip counts", () => {
  const outcomes = armOutcomes([
    at("token", 3, { reward: 0.5, "clip_ratio/region_mean": 0.5 }),
    at("sequence", 3, { reward: 0.25 }),
    ...[4, 5, 6].map((step) => at("token", step, { reward: 0.75, "clip_ratio/region_mean": 0.25 })),
    at("sequence", 4, { reward: Number.NaN }),
  ]);
  expect(outcomes).toEqual([
    { arm: "token", reward: 0.625, clipped: 0.3125 },
    { arm: "sequence", reward: 0.25, clipped: Number.NaN },
  ]);
  expect(armOutcomes([])).toEqual([]);
});
