import { describe, expect, test } from "vitest";
import type { GRPOConfig } from "../../../src/config/types.ts";
import {
  beginPlateau,
  observePlateau,
  PLATEAU_START,
  type PlateauState,
} from "../../../src/engine/optimizer/plateau.ts";
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

/** Where it stands after evaluations with these rewards. */
const after = (
  own: GRPOConfig,
  rewards: readonly (number | null)[],
  from: PlateauState = PLATEAU_START,
): PlateauState =>
  rewards.reduce<PlateauState>(
    (at, value) => observePlateau(at, own, { eval_reward: value ?? Number.NaN }),
    from,
  );
const rateOf = (at: PlateauState, own: GRPOConfig): number => beginPlateau(at, own).rate;

describe("the rates of torch's ReduceLROnPlateau", () => {
  test.each(fixture.cases)("$name", ({ kwargs, values, rates }) => {
    const own = config(kwargsOf(kwargs));
    expect(rateOf(PLATEAU_START, own)).toBe(fixture.learning_rate);
    const ours = values.map((_, i) => rateOf(after(own, values.slice(0, i + 1)), own));
    ours.forEach((rate, i) => expect(rate / rates[i]!).toBeCloseTo(1, 12));
  });
});

test("it goes on from a state that was stored", () => {
  const own = config({ patience: 1, factor: 0.5 });
  const stored = structuredClone(after(own, [1, 1, 0.9]));
  const whole = after(own, [1, 1, 0.9, 0.95, 0.95, 0.95]);
  expect(after(own, [0.95, 0.95, 0.95], stored)).toEqual(whole);
  expect(rateOf(whole, own)).toBeLessThan(fixture.learning_rate);
});

test("a changed learning rate starts from the new one", () => {
  const own = config({ patience: 0 });
  const at = after(own, [1, 1]);
  expect(rateOf(at, own)).toBeCloseTo(fixture.learning_rate / 10, 12);
  expect(rateOf(at, { ...own, learning_rate: 0.5 })).toBe(0.5);
});

test("without a metric of its own it watches the loss", () => {
  const own = { ...config({ patience: 0 }), metric_for_best_model: null };
  const once = observePlateau(PLATEAU_START, own, { eval_loss: 1, eval_reward: 0 });
  const twice = observePlateau(once, own, { eval_loss: 1, eval_reward: 1 });
  expect(rateOf(twice, own)).toBeLessThan(fixture.learning_rate);
});

test.each([
  [{ num_cycles: 2 }, "num_cycles, which reduce_lr_on_plateau does not take"],
  [{ mode: "least" }, "mode in lr_scheduler_kwargs is least"],
  [{ patience: "two" }, "patience in lr_scheduler_kwargs is two"],
  [{ factor: 1 }, "factor in lr_scheduler_kwargs is 1"],
])("%o is refused at the first step", (kwargs: Record<string, number | string>, sentence) => {
  expect(() => rateOf(PLATEAU_START, config(kwargs))).toThrow(sentence);
});
