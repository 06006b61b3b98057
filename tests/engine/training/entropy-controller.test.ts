import { expect, test } from "vitest";
import { trlDefaults } from "../../../src/config/schema.ts";
import type { GRPOConfig } from "../../../src/config/types.ts";
import {
  applyEntropy,
  beginEntropy,
  ENTROPY_START,
  observeEntropy,
} from "../../../src/engine/training/entropy-controller.ts";
import { OBJECTIVE_METRICS } from "../../../src/record/metric-rules.ts";

const config = {
  ...trlDefaults,
  use_adaptive_entropy: true,
  entropy_coef: 0.01,
  entropy_coef_delta: 0.005,
  entropy_coef_min: 0,
  entropy_coef_max: 0.02,
  entropy_target: 0.5,
};

/** Metrics of micro-batches with this entropy sum over this many tokens. */
const micros = (...batches: [sum: number, tokens: number][]) =>
  Float32Array.from(
    batches.flatMap(([sum, tokens]) =>
      OBJECTIVE_METRICS.map((name) =>
        name === "entropy_bonus/sum" ? sum : name === "entropy_bonus/tokens" ? tokens : NaN,
      ),
    ),
  );

/** Steps of a controller: the coefficient that each applies, and the one that it comes to. */
function controlled(of: GRPOConfig) {
  let control = ENTROPY_START;
  return (...batches: [number, number][]) => {
    control = beginEntropy(control, of);
    const applied = applyEntropy(control, of).entropy_coef;
    control = observeEntropy(control, of, micros(...batches));
    return [applied, control.coefficient];
  };
}

test("nothing acts before the first measurement; then the coefficient moves by delta within its bounds", () => {
  const step = controlled(config);
  expect(step([4, 10])).toEqual([0, 0.015]); // 0.4 ≤ 0.5: up
  expect(step([4, 10])).toEqual([0.015, 0.02]);
  expect(step([4, 10])).toEqual([0.02, 0.02]); // at the upper bound
  // One mean over all micro-batches' tokens: (1 + 11) / (10 + 10) = 0.6 > 0.5.
  expect(step([1, 10], [11, 10])).toEqual([0.02, 0.015]);
  expect(step([4, 10])[0]).toBe(0); // the last entropy was above the target
});

test("switched off, the configured coefficient holds and nothing is logged", () => {
  const step = controlled({ ...config, use_adaptive_entropy: false });
  expect(step([4, 10])).toEqual([0.01, null]);
});

test("switched off and on again, it moves from the configured coefficient", () => {
  const moved = observeEntropy(beginEntropy(ENTROPY_START, config), config, micros([4, 10]));
  expect(beginEntropy(moved, config).coefficient).toBe(0.015);
  const off = beginEntropy(moved, { ...config, use_adaptive_entropy: false });
  expect(beginEntropy(off, config).coefficient).toBe(0.01);
});
