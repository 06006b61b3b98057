import { levels, lossTypes } from "../../src/config/types.ts";
import { expect, test } from "vitest";
import { evaluateObjective } from "../../src/engine/objective/evaluate.ts";
import { makeProblem } from "../support/objective-problem.ts";
import { sharedDevice } from "../support/shared-device.ts";
import { compiles, nodeOnly } from "../support/hosts.ts";

compiles(
  "objective/advantage",
  "objective/clip",
  "objective/entropy-bonus",
  "objective/entropy-mask",
  "objective/loss",
  "objective/sequence-ratio",
  "lib/settings",
  "objective/token-log-ratio",
  "statistics/objective-metrics",
  "statistics/ratio-histogram",
  "statistics/row-statistics",
);

const device = sharedDevice();

// The first inner step: the old log-probs are the present ones.
test("on the first inner step every ratio is exactly 1 and the levels give the same bits", async () => {
  for (const scoped of [true, ...nodeOnly([false])]) {
    for (const loss_type of lossTypes) {
      const gradients: number[][] = [];
      for (const importance_sampling_level of levels) {
        const config = {
          loss_type,
          importance_sampling_level,
          epsilon: 3e-4,
          epsilon_high: 4e-4,
        };
        if (loss_type === "cispo") config.epsilon_high = 5;
        const { batch, scope, ...problem } = makeProblem(9, 37, config);
        const actual = await evaluateObjective(device(), {
          ...problem,
          batch: { ...batch, logpOld: scoped ? null : batch.logp },
          scope,
        });
        const at = (matrix: number[][]) =>
          matrix.flat().filter((_, i) => batch.mask.flat()[i] === 1);
        expect(new Set(at(actual.logRatio))).toEqual(new Set([0]));
        expect(new Set(at(actual.tokenRatio))).toEqual(new Set([1]));
        expect(new Set(actual.sequenceRatio)).toEqual(new Set([1]));
        expect(new Set(actual.tokenClipped.flat())).toEqual(new Set([0]));
        expect(new Set(actual.sequenceClipped)).toEqual(new Set([0]));
        const { metrics } = actual;
        expect(metrics["ratio/token_std"]).toBe(0);
        expect(metrics["ratio/sequence_std"]).toBe(0);
        gradients.push(actual.dlogp.flat());
      }
      expect(gradients[1], loss_type).toEqual(gradients[0]);
      expect(gradients[2], loss_type).toEqual(gradients[0]);
      expect(gradients[0]!.some((value) => value !== 0)).toBe(true);
    }
  }
});

test("with one token a row the levels give the same bits off-policy too", async () => {
  for (const loss_type of lossTypes) {
    const gradients: number[][] = [];
    for (const importance_sampling_level of levels) {
      const config = { loss_type, importance_sampling_level, beta: 0.05 };
      const actual = await evaluateObjective(device(), makeProblem(9, 1, config));
      expect(actual.sequenceRatio).toEqual(
        actual.tokenRatio.flat().map((ratio, b) => (b === 1 ? 1 : ratio)),
      );
      gradients.push(actual.dlogp.flat());
    }
    expect(gradients[1], loss_type).toEqual(gradients[0]);
    expect(gradients[2], loss_type).toEqual(gradients[0]);
  }
});

test("the same inputs give the same bits", async () => {
  const problem = makeProblem(9, 37, { entropy_coef: 0.1, top_entropy_quantile: 0.5, beta: 0.1 });
  const first = await evaluateObjective(device(), problem);
  expect(await evaluateObjective(device(), problem)).toEqual(first);
});
