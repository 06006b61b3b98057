import { levels, lossTypes } from "../../../src/config/types.ts";
import { describe, expect, test } from "vitest";
import { evaluateAdvantages, evaluateObjective } from "../../../src/engine/objective/evaluate.ts";
import {
  OBJECTIVE_DEFAULTS,
  type ObjectiveConfig,
} from "../../../src/engine/objective/settings.ts";
import { expectClose } from "../../support/numeric.ts";
import { lossOf, type Problem } from "../../support/reference-objective.ts";
import { sharedDevice } from "../../support/shared-device.ts";
import { fc } from "../../support/fuzz.ts";

const device = sharedDevice();

const K = 8;
const RUNS = { numRuns: 15 };
const HARD = ["grpo", "bnpo", "dr_grpo", "dapo", "luspo"] as const;

/** Multiples of 1/1024: what f32 holds exactly, their differences too. */
const number = (min: number, max: number) =>
  fc.integer({ min: Math.ceil(min * 1024), max: Math.floor(max * 1024) }).map((x) => x / 1024);

const row = fc.record({
  logp: fc.array(number(-6, -0.01), { minLength: K, maxLength: K }),
  drift: fc.array(number(-1, 1), { minLength: K, maxLength: K }),
  reference: fc.array(number(-1, 1), { minLength: K, maxLength: K }),
  entropy: fc.array(number(0, 3), { minLength: K, maxLength: K }),
  length: fc.integer({ min: 0, max: K }),
  advantage: fc.oneof(number(-2, 2), fc.constant(0)),
});

const anyConfig: fc.Arbitrary<Partial<ObjectiveConfig>> = fc.record({
  loss_type: fc.constantFrom(...lossTypes),
  importance_sampling_level: fc.constantFrom(...levels),
  epsilon: number(0.002, 0.5),
  epsilon_high: fc.option(number(0.002, 0.5)),
  delta: fc.option(number(1.01, 2)),
  beta: fc.constantFrom(0, 0.04),
  use_bias_correction_kl: fc.boolean(),
  entropy_coef: fc.constantFrom(0, 0.01),
  top_entropy_quantile: fc.constantFrom(1, 0.3),
});

const problemWith = (config: fc.Arbitrary<Partial<ObjectiveConfig>>): fc.Arbitrary<Problem> =>
  fc.record({ rows: fc.array(row, { minLength: 2, maxLength: 6 }), config }).map((drawn) => ({
    config: { ...OBJECTIVE_DEFAULTS, ...drawn.config },
    batch: {
      logp: drawn.rows.map(({ logp }) => logp),
      logpOld: drawn.rows.map(({ logp, drift }) => logp.map((x, t) => Math.fround(x - drift[t]!))),
      logpRef: drawn.rows.map(({ logp, reference }) =>
        logp.map((x, t) => Math.fround(x + reference[t]!)),
      ),
      entropy: drawn.rows.map(({ entropy }) => entropy),
      mask: drawn.rows.map(({ length }) =>
        Array.from({ length: K }, (_, t) => (t < length ? 1 : 0)),
      ),
      advantage: drawn.rows.map(({ advantage }) => advantage),
    },
    scope: {
      gradientAccumulationSteps: 2,
      stepsPerGeneration: 4,
      numItemsInBatch: 90,
      maxCompletionLength: 12,
      histogramRange: 0.5,
    },
  }));

const expectHolds = (
  config: fc.Arbitrary<Partial<ObjectiveConfig>>,
  property: (problem: Problem) => Promise<void>,
) => fc.assert(fc.asyncProperty(problemWith(config), property), RUNS);

const evaluate = (problem: Problem) => evaluateObjective(device(), problem);
const withConfig = (problem: Problem, config: Partial<ObjectiveConfig>): Problem => ({
  ...problem,
  config: { ...problem.config, ...config },
});
const withRows = (problem: Problem, order: readonly number[]): Problem => {
  const { batch } = problem;
  const pick = <T>(rows: readonly T[]): T[] => order.map((b) => rows[b]!);
  return {
    ...problem,
    batch: {
      logp: pick(batch.logp),
      logpOld: pick(batch.logpOld!),
      logpRef: pick(batch.logpRef!),
      entropy: pick(batch.entropy!),
      mask: pick(batch.mask),
      advantage: pick(batch.advantage),
    },
  };
};

describe("of the objective", () => {
  test("the loss is float64's", () =>
    expectHolds(anyConfig, async (problem) => {
      const { loss } = await evaluate(problem);
      expectClose([loss], [lossOf(problem)()], { rtol: 1e-4, atol: 1e-5 });
    }));

  test("padding changes no bit, whatever it holds", () =>
    expectHolds(anyConfig, async (problem) => {
      const plain = await evaluate(problem);
      const wide = (matrix: readonly (readonly number[])[], fill: number) =>
        matrix.map((values) => [...values, ...Array.from({ length: 5 }, () => fill)]);
      const { batch } = problem;
      const padded = await evaluate({
        ...problem,
        batch: {
          logp: wide(batch.logp, NaN),
          logpOld: wide(batch.logpOld!, Infinity),
          logpRef: wide(batch.logpRef!, -Infinity),
          entropy: wide(batch.entropy!, NaN),
          mask: wide(batch.mask, 0),
          advantage: batch.advantage,
        },
      });
      expect(padded.metrics).toEqual(plain.metrics);
      expect(padded.dlogp).toEqual(wide(plain.dlogp, 0));
      expect(padded.dentropy).toEqual(wide(plain.dentropy, 0));
      expect(padded.tokenRatio).toEqual(wide(plain.tokenRatio, 0));
      expect(padded.coefficient).toEqual(wide(plain.coefficient, 0));
      expect(padded.histogram).toEqual(plain.histogram);
    }));

  test("the order of the rows changes only the order of the rows", () =>
    expectHolds(anyConfig, async (problem) => {
      const order = problem.batch.mask.map((_, b) => b).reverse();
      const plain = await evaluate(problem);
      const moved = await evaluate(withRows(problem, order));
      const pick = <T>(rows: readonly T[]): T[] => order.map((b) => rows[b]!);
      expect(moved.dlogp).toEqual(pick(plain.dlogp));
      expect(moved.sequenceRatio).toEqual(pick(plain.sequenceRatio));
      expect(moved.tokenClipped).toEqual(pick(plain.tokenClipped));
      expect(moved.sequenceCoefficient).toEqual(pick(plain.sequenceCoefficient));
      expect(moved.histogram).toEqual(plain.histogram);
      expectClose([moved.loss], [plain.loss], { atol: 1e-5 });
    }));

  test("on policy every ratio is exactly 1, nothing is clipped, and grpo has one gradient", () =>
    expectHolds(anyConfig, async (problem) => {
      const { logp } = problem.batch;
      const same = { ...problem, batch: { ...problem.batch, logpOld: logp } };
      const stored = await evaluate(same);
      const absent = await evaluate({ ...same, batch: { ...same.batch, logpOld: null } });
      const { mask } = problem.batch;
      expect(stored.tokenRatio).toEqual(mask);
      expect(stored.sequenceRatio).toEqual(mask.map(() => 1));
      // cispo's cap is absolute: below 1 it cuts every ratio of a positive advantage.
      if (problem.config.loss_type !== "cispo") {
        expect(stored.tokenClipped.flat().every((clipped) => clipped === 0)).toBe(true);
      }
      expect(absent.loss).toBe(stored.loss);
      expect(absent.dlogp).toEqual(stored.dlogp);
      const gradients = await Promise.all(
        (["token", "sequence"] as const).map((importance_sampling_level) =>
          evaluate(
            withConfig(same, {
              loss_type: "grpo",
              beta: 0,
              top_entropy_quantile: 1,
              importance_sampling_level,
            }),
          ),
        ),
      );
      expectClose(gradients[1]!.dlogp.flat(), gradients[0]!.dlogp.flat(), { rtol: 1e-6 });
    }));

  test("an unbounded ε clips nothing", () =>
    expectHolds(
      fc.record({
        loss_type: fc.constantFrom(...HARD),
        importance_sampling_level: fc.constantFrom(...levels),
        epsilon: fc.constant(1e9),
      }),
      async (problem) => {
        const actual = await evaluate(problem);
        expect(actual.metrics["ratio/token_clipped"] || 0).toBe(0);
        expect(actual.metrics["ratio/sequence_clipped"] || 0).toBe(0);
        expect(actual.metrics["clip_ratio/region_mean"]).toBe(0);
        const { advantage, mask } = problem.batch;
        expectClose(
          actual.tokenCoefficient.flat(),
          actual.tokenRatio.flatMap((ratios, b) => ratios.map((c) => c * advantage[b]!)),
        );
        expectClose(
          actual.sequenceCoefficient,
          actual.sequenceRatio.map((c, b) => c * advantage[b]!),
        );
        expect(actual.tokenClipped).toEqual(mask.map((values) => values.map(() => 0)));
      },
    ));

  test("the sequence ratio is the geometric mean of the token ratios", () =>
    expectHolds(anyConfig, async (problem) => {
      const { tokenRatio, sequenceRatio } = await evaluate(problem);
      const geometric = tokenRatio.map((ratios, b) => {
        const counting = ratios.filter((_, t) => problem.batch.mask[b]![t] === 1);
        const product = counting.reduce((a, c) => a * c, 1);
        return product ** (1 / Math.max(counting.length, 1));
      });
      expectClose(sequenceRatio, geometric, { rtol: 1e-6 });
    }));

  test("GSPO and GSPO-token have the same gradient, an advantage being one for its row", () =>
    expectHolds(fc.record({ loss_type: fc.constantFrom(...lossTypes) }), async (problem) => {
      const gspo = await evaluate(withConfig(problem, { importance_sampling_level: "sequence" }));
      const perToken = await evaluate(
        withConfig(problem, { importance_sampling_level: "sequence_token" }),
      );
      expect(perToken.dlogp).toEqual(gspo.dlogp);
    }));

  test("luspo is dr_grpo at sequence level, times max_completion_length", () =>
    expectHolds(
      fc.constant({ importance_sampling_level: "sequence" as const }),
      async (problem) => {
        const luspo = await evaluate(withConfig(problem, { loss_type: "luspo" }));
        const drGrpo = await evaluate(withConfig(problem, { loss_type: "dr_grpo" }));
        const L = problem.scope.maxCompletionLength;
        expectClose([luspo.loss], [drGrpo.loss * L], { rtol: 1e-6 });
        expectClose(
          luspo.dlogp.flat(),
          drGrpo.dlogp.flat().map((value) => value * L),
          { rtol: 1e-6 },
        );
      },
    ));

  test("what is masked gets nothing", () =>
    expectHolds(anyConfig, async (problem) => {
      const actual = await evaluate(problem);
      const { dlogp, dentropy, coefficient, logRatio, tokenRatio, tokenClipped } = actual;
      for (const matrix of [dlogp, dentropy, coefficient, logRatio, tokenRatio, tokenClipped]) {
        matrix.forEach((values, b) =>
          values.forEach((value, t) => {
            if (problem.batch.mask[b]![t] === 0) expect(value).toBe(0);
          }),
        );
      }
    }));

  test("a row is cut off only on the side that its advantage pushes to", () =>
    expectHolds(fc.record({ loss_type: fc.constantFrom(...HARD) }), async (problem) => {
      const { tokenRatio, tokenClipped } = await evaluate(problem);
      tokenClipped.forEach((values, b) =>
        values.forEach((clipped, t) => {
          if (clipped === 1) {
            expect((tokenRatio[b]![t]! - 1) * problem.batch.advantage[b]!).toBeGreaterThan(0);
          }
        }),
      );
    }));
});

describe("of the advantages", () => {
  const G = 4;
  const rewards = fc.array(fc.array(number(-2, 2), { minLength: 2, maxLength: 2 }), {
    minLength: 2 * G,
    maxLength: 2 * G,
  });
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const squares = (values: readonly number[]) => sum(values.map((x) => x * x));
  const compute = (
    drawn: number[][],
    scale_rewards: "group" | "batch" | "none",
    multi_objective_aggregation: "sum_then_normalize" | "normalize_then_sum" = "sum_then_normalize",
  ) =>
    evaluateAdvantages(device(), {
      config: {
        num_generations: G,
        scale_rewards,
        multi_objective_aggregation,
        reward_weights: null,
      },
      rewards: drawn,
      names: ["a", "b"],
    });

  test("a group's advantages add up to 0, however they are scaled", () =>
    fc.assert(
      fc.asyncProperty(
        rewards,
        fc.constantFrom("group" as const, "batch" as const, "none" as const),
        async (drawn, scale) => {
          const { advantage } = await compute(drawn, scale);
          expect(sum(advantage.slice(0, G))).toBeCloseTo(0, 4);
          expect(sum(advantage.slice(G))).toBeCloseTo(0, 4);
        },
      ),
      RUNS,
    ));

  test("batch scaling divides the unscaled advantages by one number", () =>
    fc.assert(
      fc.asyncProperty(rewards, async (drawn) => {
        const plain = await compute(drawn, "none");
        const scaled = await compute(drawn, "batch");
        const divisor = scaled.metrics.reward_std! + 1e-4;
        expectClose(
          scaled.advantage.map((value) => value * divisor),
          plain.advantage,
          { rtol: 1e-5, atol: 1e-6 },
        );
      }),
      RUNS,
    ));

  test("group scaling and normalize_then_sum leave a deviation of σ / (σ + 1e-4)", () =>
    fc.assert(
      fc.asyncProperty(rewards, async (drawn) => {
        const grouped = await compute(drawn, "group");
        for (const start of [0, G]) {
          const plain = (await compute(drawn, "none")).advantage.slice(start, start + G);
          const sigma = Math.sqrt(squares(plain) / (G - 1));
          const variance = squares(grouped.advantage.slice(start, start + G)) / (G - 1);
          expectClose([variance], [(sigma / (sigma + 1e-4)) ** 2], { rtol: 1e-4, atol: 1e-5 });
        }
        const gdpo = await compute(drawn, "group", "normalize_then_sum");
        expect(sum(gdpo.advantage)).toBeCloseTo(0, 3);
        expect(squares(gdpo.advantage) / (2 * G - 1)).toBeLessThanOrEqual(1.0001);
      }),
      RUNS,
    ));
});
