import { describe, expect, test } from "vitest";
import type { GRPOConfig } from "../../../src/config/types.ts";
import { Plateau } from "../../../src/engine/optimizer/plateau.ts";
import fixture from "../../fixtures/plateau.json";
import { EXAMPLE_CONFIG } from "../../support/example-record.ts";

const config = (lr_scheduler_kwargs: GRPOConfig["lr_scheduler_kwargs"]): GRPOConfig => ({
  ...EXAMPLE_CONFIG,
  learning_rate: fixture.learning_rate,
  lr_scheduler_type: "reduce_lr_on_plateau",
  lr_scheduler_kwargs,
  metric_for_best_model: "reward",
});

const kwargsOf = (kwargs: Readonly<Record<string, unknown>>): Record<string, number | string> =>
  Object.fromEntries(
    Object.entries(kwargs).flatMap(([name, value]) =>
      typeof value === "number" || typeof value === "string" ? [[name, value]] : [],
    ),
  );

describe("the rates of torch's ReduceLROnPlateau", () => {
  test.each(fixture.cases)("$name", ({ kwargs, values, rates }) => {
    const plateau = new Plateau();
    const own = config(kwargsOf(kwargs));
    expect(plateau.rate(own)).toBe(fixture.learning_rate);
    const ours = values.map((value) => {
      plateau.observe(own, { eval_reward: value ?? Number.NaN });
      return plateau.rate(own);
    });
    ours.forEach((rate, i) => expect(rate / rates[i]!).toBeCloseTo(1, 12));
  });
});

test("it goes on from a state that was taken", () => {
  const own = config({ patience: 1, factor: 0.5 });
  const first = new Plateau();
  for (const value of [1, 1, 0.9]) first.observe(own, { eval_reward: value });
  const second = new Plateau();
  second.state = structuredClone(first.state);
  for (const plateau of [first, second]) {
    for (const value of [0.95, 0.95, 0.95]) plateau.observe(own, { eval_reward: value });
  }
  expect(second.state).toEqual(first.state);
  expect(second.rate(own)).toBeLessThan(fixture.learning_rate);
  second.reset();
  expect(second.rate(own)).toBe(fixture.learning_rate);
});

test("a changed learning rate starts from the new one", () => {
  const own = config({ patience: 0 });
  const plateau = new Plateau();
  plateau.observe(own, { eval_reward: 1 });
  plateau.observe(own, { eval_reward: 1 });
  expect(plateau.rate(own)).toBeCloseTo(fixture.learning_rate / 10, 12);
  expect(plateau.rate({ ...own, learning_rate: 0.5 })).toBe(0.5);
});

test("without a metric of its own it watches the loss", () => {
  const own = { ...config({ patience: 0 }), metric_for_best_model: null };
  const plateau = new Plateau();
  for (let i = 0; i < 2; i++) plateau.observe(own, { eval_loss: 1, eval_reward: i });
  expect(plateau.rate(own)).toBeLessThan(fixture.learning_rate);
});

test.each([
  [{ num_cycles: 2 }, "num_cycles, which reduce_lr_on_plateau does not take"],
  [{ mode: "least" }, "mode least"],
  [{ patience: "two" }, "patience two"],
  [{ factor: 1 }, "factor 1"],
])("%o is refused at the first step", (kwargs: Record<string, number | string>, sentence) => {
  expect(() => new Plateau().rate(config(kwargs))).toThrow(sentence);
});
