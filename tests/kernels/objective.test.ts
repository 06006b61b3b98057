import { levels, lossTypes } from "../../src/config/types.ts";
import { describe, expect, test } from "vitest";
import { evaluateObjective, type ObjectiveResult } from "../../src/engine/objective/evaluate.ts";
import type { ObjectiveConfig } from "../../src/engine/objective/settings.ts";
import { expectClose, gradient } from "../support/numeric.ts";
import { makeProblem } from "../support/objective-problem.ts";
import {
  coefficientOf,
  divergences,
  drivingRatios,
  logRatios,
  lossOf,
  phi,
  type Problem,
  rowMeans,
} from "../support/reference-objective.ts";
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

const GRADIENT = { rtol: 1e-4, atol: 1e-7 };

/** The whole result against float64: views, loss, gradient by central differences, metrics. */
function check(problem: Problem, actual: ObjectiveResult): void {
  const { config, batch } = problem;
  const K = batch.mask[0]!.length;
  const d = logRatios(problem);
  const means = rowMeans(problem);
  const counts = (b: number, t: number) => batch.mask[b]![t] === 1;
  const each = (value: (b: number, t: number) => number) =>
    batch.mask.flatMap((row, b) => row.map((_, t) => (counts(b, t) ? value(b, t) : 0)));
  const token = (b: number, t: number) => coefficientOf(problem, Math.exp(d[b]![t]!), b, "token");
  const row = means.map((mean, b) => coefficientOf(problem, Math.exp(mean), b, "sequence"));
  const driving = config.importance_sampling_level === "token";

  expectClose(actual.logRatio.flat(), d.flat());
  expectClose(
    actual.tokenRatio.flat(),
    each((b, t) => Math.exp(d[b]![t]!)),
  );
  expectClose(actual.sequenceRatio, means.map(Math.exp));
  expect(actual.tokenClipped.flat()).toEqual(each((b, t) => token(b, t).clipped));
  // A row without tokens has nothing that could be cut off.
  expect(actual.sequenceClipped).toEqual(
    row.map(({ clipped }, b) => (batch.mask[b]!.includes(1) ? clipped : 0)),
  );
  expectClose(
    actual.tokenCoefficient.flat(),
    each((b, t) => token(b, t).coefficient),
  );
  expectClose(
    actual.sequenceCoefficient,
    row.map(({ coefficient }) => coefficient),
  );
  expectClose(
    actual.coefficient.flat(),
    each((b, t) => (driving ? token(b, t) : row[b]!).coefficient),
  );

  // Only what counts is moved; where masked, the gradient has to be 0.
  const counting = batch.mask.flatMap((row, b) => row.flatMap((m, t) => (m ? [b * K + t] : [])));
  const filled = (at: readonly number[]) => {
    const flat = Array.from({ length: batch.mask.length * K }, () => 0);
    counting.forEach((i, j) => (flat[i] = at[j]!));
    return batch.mask.map((_, b) => flat.slice(b * K, (b + 1) * K));
  };
  const loss = lossOf(problem);
  const logp = counting.map((i) => batch.logp.flat()[i]!);
  const dlogp = gradient((at) => loss(filled(at)), logp);
  expectClose(actual.dlogp.flat(), filled(dlogp).flat(), GRADIENT);
  if (config.entropy_coef !== 0) {
    const entropy = counting.map((i) => batch.entropy!.flat()[i]!);
    const dentropy = gradient((at) => loss(batch.logp, filled(at)), entropy);
    expectClose(actual.dentropy.flat(), filled(dentropy).flat(), GRADIENT);
  } else {
    expect(actual.dentropy.flat().every((value) => value === 0)).toBe(true);
  }
  for (const matrix of [actual.dlogp, actual.dentropy]) {
    matrix.forEach((row, b) => row.forEach((value, t) => counts(b, t) || expect(value).toBe(0)));
  }

  // The terms of the loss cancel; it is exact to the rounding of the largest of them.
  expectClose([actual.loss], [loss()], { rtol: 1e-5, atol: 1e-6 });
  checkMetrics(problem, actual);
}

function checkMetrics(problem: Problem, { metrics }: ObjectiveResult): void {
  const { config, batch } = problem;
  const d = logRatios(problem);
  const means = rowMeans(problem);
  const ratio = drivingRatios(problem);
  const ts = batch.mask.map((row) => row.flatMap((m, t) => (m ? [t] : [])));
  const tokens = ts.flatMap((row, b) => row.map((t) => [b, t] as const));
  const filled = ts.flatMap((row, b) => (row.length > 0 ? [b] : []));
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const sd = (values: readonly number[]) =>
    Math.sqrt(mean(values.map((x) => (x - mean(values)) ** 2)));
  const close = (name: string, value: number) => {
    if (Number.isNaN(value)) expect(metrics[name], name).toBeNaN();
    else expectClose([metrics[name]!], [value], { atol: 1e-6 });
  };

  const perSequence = config.importance_sampling_level === "sequence";
  const ones = (holds: (b: number, t: number) => boolean) => ({
    mean: perSequence
      ? mean(ts.map((_, b) => Number(holds(b, 0))))
      : mean(tokens.map(([b, t]) => Number(holds(b, t)))),
    rows: perSequence
      ? ts.map((_, b) => Number(holds(b, 0)))
      : filled.map((b) => mean(ts[b]!.map((t) => Number(holds(b, t))))),
  });
  const driving = (b: number, t: number) => (perSequence ? Math.exp(means[b]!) : ratio[b]![t]!);
  const geometric = config.geometric_clip === true;
  const delta = geometric ? Infinity : (config.delta ?? Infinity);
  const capped = (b: number, t: number) => Math.min(driving(b, t), delta);
  const high = config.epsilon_high ?? config.epsilon;
  const [least, most] = geometric
    ? [Math.exp(-config.epsilon), Math.exp(high)]
    : [1 - config.epsilon, 1 + high];
  const low = ones((b, t) => capped(b, t) < least && batch.advantage[b]! < 0);
  const above = ones((b, t) => capped(b, t) > most && batch.advantage[b]! > 0);
  const overCap = ones((b, t) => driving(b, t) > high && batch.advantage[b]! > 0);
  const clips = !["cispo", "sapo", "vespo"].includes(config.loss_type);

  close("entropy", mean(tokens.map(([b, t]) => batch.entropy![b]![t]!)));
  const kl = config.beta === 0 ? null : divergences(problem);
  close("kl", kl ? mean(tokens.map(([b, t]) => kl[b]![t]!)) : NaN);
  close("clip_ratio/low_mean", clips ? low.mean : NaN);
  close("clip_ratio/high_mean", clips ? above.mean : NaN);
  close("clip_ratio/region_mean", clips ? low.mean + above.mean : NaN);
  close("clip_ratio/low_min", clips ? Math.min(...low.rows) : NaN);
  close("clip_ratio/high_max", clips ? Math.max(...above.rows) : NaN);
  close("cispo_clip_ratio", config.loss_type === "cispo" ? overCap.mean : NaN);
  close(
    "vespo/phi_seq_mean",
    config.loss_type === "vespo" ? mean(ts.map((_, b) => phi(problem, b))) : NaN,
  );
  close("ratio/token_std", sd(tokens.map(([b, t]) => d[b]![t]!)));
  close("ratio/sequence_std", sd(filled.map((b) => means[b]!)));
  close("ratio/token_min", Math.min(...tokens.map(([b, t]) => Math.exp(d[b]![t]!))));
  close("ratio/token_max", Math.max(...tokens.map(([b, t]) => Math.exp(d[b]![t]!))));
  close("ratio/sequence_min", Math.min(...filled.map((b) => Math.exp(means[b]!))));
  close("ratio/sequence_max", Math.max(...filled.map((b) => Math.exp(means[b]!))));
  const tokenClipped = ([b, t]: readonly [number, number]) =>
    coefficientOf(problem, Math.exp(d[b]![t]!), b, "token").clipped;
  close("ratio/token_clipped", mean(tokens.map(tokenClipped)));
  close(
    "ratio/sequence_clipped",
    mean(filled.map((b) => coefficientOf(problem, Math.exp(means[b]!), b, "sequence").clipped)),
  );
  close("nonfinite", 0);
}

const variants: [string, Partial<ObjectiveConfig>][] = [
  ["plain", { epsilon: 0.1, epsilon_high: 0.15 }],
  ["with KL", { epsilon: 0.1, beta: 0.05, use_bias_correction_kl: false }],
  ["with KL times the ratio", { epsilon: 0.1, beta: 0.05, use_bias_correction_kl: true }],
];

/** Checks every combination on one device, and says which one was wrong. */
async function expectAllAgree(problems: readonly [string, Problem][]): Promise<void> {
  for (const [name, problem] of problems) {
    try {
      check(problem, await evaluateObjective(device(), problem));
    } catch (cause) {
      throw new Error(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      });
    }
  }
}

// Fewer tokens than lanes, with all terms and with some; exactly as many, and a ragged last stride,
// with all terms: the same sums, over more tokens.
test.each([5, ...nodeOnly([32, 41])])(
  "6 rows of %i tokens agree with float64 under every loss and level",
  (K) =>
    expectAllAgree(
      lossTypes.flatMap((loss_type) =>
        levels.flatMap((importance_sampling_level) =>
          (K === 5 ? variants : variants.slice(-1)).map(([name, variant]): [string, Problem] => {
            const config = { ...variant, loss_type, importance_sampling_level };
            // cispo's ε_high is the cap itself.
            if (loss_type === "cispo") config.epsilon_high = 1.1;
            const label = `${loss_type} at level ${importance_sampling_level} ${name}`;
            return [label, makeProblem(6, K, config)];
          }),
        ),
      ),
    ),
);

describe("the switches agree with float64", () => {
  const expectAgrees = (config: Partial<ObjectiveConfig>, extra: Partial<Problem["batch"]> = {}) =>
    expectAllAgree(
      (["grpo", "dapo", "cispo", "vespo"] as const).flatMap((loss_type) =>
        levels.map((importance_sampling_level): [string, Problem] => {
          const base = { epsilon: 0.1, epsilon_high: 0.3, ...config };
          const problem = makeProblem(6, K, { ...base, loss_type, importance_sampling_level });
          problem.batch = { ...problem.batch, ...extra };
          return [`${loss_type} at level ${importance_sampling_level}`, problem];
        }),
      ),
    );
  const [K] = [...nodeOnly([37]), 9] as const;
  const each = (value: (b: number, t: number) => number) =>
    Array.from({ length: 6 }, (_, b) => Array.from({ length: K }, (_, t) => value(b, t)));

  test("delta caps the other branch, above the upper clip and below it", async () => {
    await expectAgrees({ delta: 1.35 });
    await expectAgrees({ delta: 1.02 });
  });
  test("a dual clip caps the loss of negative advantages, beside delta and alone", async () => {
    await expectAgrees({ dual_clip: 1.35 });
    await expectAgrees({ dual_clip: 1.02 });
    await expectAgrees({ dual_clip: 1.1, delta: 1.05 });
    // Where TRL's delta would cap positive advantages, it leaves them alone.
    // Of so many tokens some lie between it and the upper clip, with either sign.
    const problem = makeProblem(6, 37, { loss_type: "grpo", epsilon: 0.1, epsilon_high: 0.3 });
    const pushed = async (more: Partial<ObjectiveConfig>) => {
      const config = { ...problem.config, ...more };
      const { tokenCoefficient } = await evaluateObjective(device(), { ...problem, config });
      return (sign: 1 | -1) =>
        tokenCoefficient.filter((_, b) => Math.sign(problem.batch.advantage[b]!) === sign);
    };
    const [plain, dual, delta] = [
      await pushed({}),
      await pushed({ dual_clip: 1.02 }),
      await pushed({ delta: 1.02 }),
    ];
    expect(dual(1)).toEqual(plain(1));
    expect(dual(-1)).not.toEqual(plain(-1));
    expect(delta(1)).not.toEqual(plain(1));
  });
  test("KL estimates k1 and k2, and a clamp on each", async () => {
    for (const kl_estimator of ["k1", "k2"] as const) {
      await expectAgrees({ beta: 0.3, kl_estimator, use_bias_correction_kl: false });
    }
    const { logp } = makeProblem(6, K, {}).batch;
    // Some are held from above, of k1 some from below, and most are not.
    const logpRef = logp.map((row, b) => row.map((x, t) => x + 2 * Math.sin(b * 5 + t)));
    for (const kl_estimator of ["k1", "k2", "k3"] as const) {
      const config = { beta: 0.3, kl_estimator, kl_clamp: 0.7, use_bias_correction_kl: true };
      await expectAgrees(config, { logpRef });
    }
  });
  test("cispo's weight is held from below as well", async () => {
    await expectAgrees({ cispo_floor: 0.95, epsilon_high: 1.1 });
    // TRL has no floor: none is 0, and changes nothing.
    const problem = makeProblem(6, K, { loss_type: "cispo", epsilon_high: 1.1 });
    const of = async (cispo_floor?: number) => {
      const config = { ...problem.config, ...(cispo_floor === undefined ? {} : { cispo_floor }) };
      return (await evaluateObjective(device(), { ...problem, config })).dlogp;
    };
    const [plain, none, floor] = [await of(), await of(0), await of(0.95)];
    expect(none).toEqual(plain);
    expect(floor).not.toEqual(plain);
  });
  test("GMPO: log-ratios are clipped, and a row's tokens share their geometric mean", async () => {
    const geometric = { geometric_clip: true, epsilon: 0.05, epsilon_high: 0.1 };
    await expectAgrees(geometric);
    await expectAgrees({ ...geometric, beta: 0.1, top_entropy_quantile: 0.4, delta: 1.02 });
    await expectAgrees(
      { ...geometric, off_policy_mask_threshold: 0.01, dual_clip: 1.01 },
      { samplingRatio: each((b, t) => 1 + 0.5 * Math.sin(b * 3 + t)) },
    );
  });
  test("the entropy mask and bonus", () =>
    expectAgrees({ top_entropy_quantile: 0.3, entropy_coef: 0.02, beta: 0.1 }));
  test("the off-policy mask", () => expectAgrees({ off_policy_mask_threshold: 0.01 }));
  test("the off-policy mask on the sampler's log-probs", () =>
    expectAgrees(
      { off_policy_mask_threshold: 0.1 },
      { logpSampled: each((b, t) => -1.4 + 0.1 * Math.sin(b + t)) },
    ));
  test("an importance ratio of the sampler", () =>
    expectAgrees(
      { beta: 0.05, use_bias_correction_kl: true },
      { samplingRatio: each((b, t) => 1 + 0.5 * Math.sin(b * 3 + t)) },
    ));
});

test("each level is judged by its own band, and the other level's changes nothing of the training", async () => {
  const bands = [
    { epsilon: 0.02, epsilon_high: null, delta: null },
    { epsilon: 0.3, epsilon_high: 0.05, delta: 1.02 },
    { epsilon: 0.3, epsilon_high: 0.05, delta: null, dual_clip: 1.01 },
  ];
  const losses = [
    ["grpo", false],
    ["cispo", false],
    ["sapo", false],
    ["vespo", false],
    ["grpo", true],
  ] as const;
  for (const [loss_type, geometric_clip] of losses) {
    for (const importance_sampling_level of levels) {
      const config = { epsilon: 0.1, epsilon_high: 0.15, delta: 1.3, beta: 0.05, geometric_clip };
      if (loss_type === "cispo") config.epsilon_high = 1.1;
      const problem = makeProblem(6, 9, { ...config, loss_type, importance_sampling_level });
      const alone = await evaluateObjective(device(), problem);
      const other = importance_sampling_level === "token" ? "sequence" : "token";
      const judged = new Set<string>([JSON.stringify(alone[`${other}Coefficient`])]);
      for (const band of bands) {
        const otherClip =
          loss_type === "cispo" ? { ...band, epsilon_high: 1 - band.epsilon } : band;
        const both = { ...problem, scope: { ...problem.scope, otherClip } };
        const actual = await evaluateObjective(device(), both);
        check(both, actual);
        judged.add(JSON.stringify(actual[`${other}Coefficient`]));
        for (const name of ["loss", "dlogp", "dentropy", "coefficient"] as const) {
          expect(actual[name], `${name} of ${loss_type}`).toEqual(alone[name]);
        }
        const own = other === "token" ? "sequence" : "token";
        expect(actual[`${own}Clipped`]).toEqual(alone[`${own}Clipped`]);
        const trained = (metrics: Readonly<Record<string, number>>) =>
          Object.entries(metrics).filter(([name]) => name !== `ratio/${other}_clipped`);
        expect(trained(actual.metrics)).toEqual(trained(alone.metrics));
      }
      // The bands are told apart, where the loss has one.
      const soft = loss_type === "sapo" || loss_type === "vespo";
      expect(judged.size > 1, `${loss_type} at ${importance_sampling_level}`).toBe(!soft);
    }
  }
});

test("the KL estimate keeps its digits near zero", async () => {
  const problem = makeProblem(6, 37, { beta: 1, use_bias_correction_kl: false });
  const { logp } = problem.batch;
  // Powers of two, so that the difference is exact in f32. k = u²/2 is 3e-8 to 8e-6, where
  // exp(u) is rounded by 6e-8.
  const anchored = logp.map((row) => row.map((x) => (Number.isNaN(x) ? x : -1)));
  const logpRef = anchored.map((row, b) => row.map((x, t) => x + 2 ** -(8 + ((b + t) % 5))));
  const exact = {
    ...problem,
    batch: { ...problem.batch, logp: anchored, logpOld: null, logpRef },
  };
  const { metrics, dlogp } = await evaluateObjective(device(), exact);
  const k = divergences(exact)
    .flat()
    .filter((_, i) => exact.batch.mask.flat()[i] === 1);
  expectClose([metrics.kl!], [k.reduce((a, b) => a + b, 0) / k.length], { rtol: 1e-6, atol: 0 });
  expect(dlogp.flat().some((value) => value !== 0)).toBe(true);
});

test("a log-ratio of ±12 reaches the loss unclamped", async () => {
  for (const importance_sampling_level of levels) {
    const problem = makeProblem(6, 5, { loss_type: "grpo", importance_sampling_level }, 12);
    const actual = await evaluateObjective(device(), problem);
    expectClose([actual.loss], [lossOf(problem)()], { rtol: 2e-5 });
    expect(Math.max(...actual.tokenRatio.flat())).toBeGreaterThan(5e4);
  }
});

test("what is not a number is counted", async () => {
  const problem = makeProblem(6, 5, { loss_type: "grpo" });
  problem.batch.logp = problem.batch.logp.map((row, b) =>
    row.map((x, t) => (b === 0 && t < 2 ? [NaN, Infinity][t]! : x)),
  );
  const { metrics } = await evaluateObjective(device(), problem);
  // An entry of the gradient, the row's loss and the loss; the infinite ratio is clipped.
  expect(metrics.nonfinite).toBe(3);
});
