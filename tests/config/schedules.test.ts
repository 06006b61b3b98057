import { warmupSteps } from "../../src/config/warmup.ts";
import { describe, expect, test } from "vitest";
import type { GRPOConfig } from "../../src/config/types.ts";
import { learningRate, scheduleMultiplier } from "../../src/config/schedules.ts";

const config = (fields: Partial<GRPOConfig>) =>
  ({
    learning_rate: 2,
    lr_scheduler_type: "linear",
    lr_scheduler_kwargs: null,
    warmup_steps: 0,
    warmup_ratio: 0,
    ...fields,
  }) as GRPOConfig;

const rates = (fields: Partial<GRPOConfig>, total: number) =>
  Array.from({ length: total }, (_, step) => learningRate(config(fields), step, total));

describe("the learning rate of each update", () => {
  test("linear falls to 0 just after the last one", () => {
    expect(rates({}, 4)).toEqual([2, 1.5, 1, 0.5]);
  });

  test("the first update under warmup has rate 0", () => {
    expect(rates({ warmup_steps: 2 }, 6)).toEqual([0, 1, 2, 1.5, 1, 0.5]);
  });

  test("a warmup longer than the run never reaches the rate", () => {
    expect(Math.max(...rates({ warmup_steps: 10 }, 4))).toBeCloseTo(0.6);
  });

  test("constant ignores the warmup, constant_with_warmup does not", () => {
    expect(rates({ lr_scheduler_type: "constant", warmup_steps: 2 }, 3)).toEqual([2, 2, 2]);
    expect(rates({ lr_scheduler_type: "constant_with_warmup", warmup_steps: 2 }, 3)).toEqual([
      0, 1, 2,
    ]);
  });

  test("min_lr is a floor in absolute terms", () => {
    const fields = {
      lr_scheduler_type: "cosine_with_min_lr",
      lr_scheduler_kwargs: { min_lr: 0.5 },
    };
    expect(learningRate(config(fields), 8, 8)).toBeCloseTo(0.5);
  });
});

describe("warmup steps", () => {
  test.each([
    [{ warmup_steps: 0, warmup_ratio: 0 }, 0],
    [{ warmup_steps: 0.1, warmup_ratio: 0 }, 3],
    [{ warmup_steps: 1, warmup_ratio: 0 }, 1],
    [{ warmup_steps: 5, warmup_ratio: 0.5 }, 5],
    [{ warmup_steps: 0, warmup_ratio: 0.1 }, 3],
  ])("%o of 21 steps is %i", (fields, steps) => {
    expect(warmupSteps(fields, 21)).toBe(steps);
  });
});

describe("what is refused", () => {
  const run = { warmup: 0, total: 10, base: 1 };

  test.each([
    ["exponential", {}, 'lr_scheduler_type is "exponential"'],
    ["reduce_lr_on_plateau", {}, "follows evaluations"],
    ["linear", { num_cycles: 2 }, "has num_cycles, which linear does not take"],
    ["cosine", { num_cycles: "two" }, "num_cycles in lr_scheduler_kwargs is two"],
    ["warmup_stable_decay", {}, "needs num_decay_steps"],
    ["cosine_with_min_lr", {}, "needs min_lr or min_lr_rate"],
    ["cosine_warmup_with_min_lr", { min_lr: 0.1, min_lr_rate: 0.1 }, "has both"],
    ["warmup_stable_decay", { num_decay_steps: 10, decay_type: "steep" }, "decay_type"],
  ])("%s %o", (name, kwargs: Record<string, number | string>, sentence) => {
    expect(() => scheduleMultiplier(name, kwargs, 1, run)).toThrow(sentence);
  });
});
