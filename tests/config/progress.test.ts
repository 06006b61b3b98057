import { expect, test } from "vitest";
import { progressFindings } from "../../src/config/findings/progress.ts";
import { trlDefaults, valueSchema, field } from "../../src/config/schema.ts";
import type { GRPOConfig } from "../../src/config/types.ts";

const healthy = {
  loss: 0.05,
  grad_norm: 0.4,
  frac_reward_zero_std: 0.1,
  entropy: 0.8,
  kl: 0.02,
  "clip_ratio/region_mean": 0.1,
};

const run = (change: (i: number) => Record<string, number>, length = 40) =>
  Array.from({ length }, (_, i) => ({ innerStep: i % 4, metrics: { ...healthy, ...change(i) } }));

const ids = (steps: ReturnType<typeof run>, config: Partial<GRPOConfig> = {}) =>
  progressFindings(steps, { ...trlDefaults, ...config }).map(({ id }) => id);

test("a healthy run has nothing to say", () => {
  expect(
    ids(
      run(() => ({})),
      { beta: 0.1 },
    ),
  ).toEqual([]);
});

test("nothing is said before there are enough steps", () => {
  expect(ids(run(() => ({ frac_reward_zero_std: 1 }), 19))).toEqual([]);
  expect(ids(run(() => ({ frac_reward_zero_std: 1 }), 20))).toEqual(["rewards-are-equal"]);
});

test.each<[string, (i: number) => Record<string, number>, Partial<GRPOConfig>]>([
  ["loss-is-not-progress", (i) => ({ loss: i % 2 === 0 ? 1e-6 : -1e-6 }), {}],
  ["rewards-are-equal", () => ({ frac_reward_zero_std: 0.95 }), {}],
  ["entropy-collapsed", (i) => ({ entropy: i < 20 ? 0.8 : 0.01 }), {}],
  ["far-from-reference", () => ({ kl: 3 }), { beta: 0.1 }],
  ["most-is-clipped", () => ({ "clip_ratio/region_mean": 0.6 }), {}],
  ["not-a-number", (i) => ({ loss: i === 30 ? NaN : 0.05 }), {}],
  ["not-a-number", (i) => ({ grad_norm: i === 30 ? Infinity : 0.4 }), {}],
  ["not-a-number", (i) => ({ nonfinite: i === 30 ? 2 : 0 }), {}],
  ["everything-truncated", () => ({ "completions/clipped_ratio": 1 }), {}],
  [
    "everything-truncated",
    () => ({ "completions/clipped_ratio": 0.97 }),
    { max_completion_length: 4096, mask_truncated_completions: true },
  ],
  ["gradient-is-lost", () => ({ grad_norm: 0 }), {}],
  [
    "one-reward-at-the-others-cost",
    (i) => ({
      reward: 1 + i / 40,
      "rewards/ends/mean": 0.2 + i / 50,
      "rewards/exact/mean": 0.6 - i / 100,
      "rewards/positions/mean": 0.3,
    }),
    {},
  ],
  ["nothing-clipped", (i) => ({ "clip_ratio/region_mean": i % 4 === 0 ? 0.5 : 0 }), {}],
])("%s", (id, change, config) => {
  const steps = run(change);
  expect(ids(steps, config)).toEqual([id]);
  const [found] = progressFindings(steps, { ...trlDefaults, ...config });
  for (const [name, value] of Object.entries(found?.patch ?? {})) {
    expect(valueSchema(field(name).type).safeParse(value).success).toBe(true);
  }
});

/** Every metric that a rule looks at, so that all would speak of a known configuration. */
const everything = (i: number): Record<string, number> => ({
  loss: i === 39 ? NaN : 0,
  entropy: i < 20 ? 0.8 : 0.01,
  kl: 3,
  frac_reward_zero_std: 0.95,
  "clip_ratio/region_mean": 0.6,
  "completions/clipped_ratio": 1,
});

test("where only metrics are known, nothing rests on a configuration or names a value of one", () => {
  const known = progressFindings(run(everything), { ...trlDefaults, beta: 0.1 });
  expect(known.map(({ id }) => id)).toEqual(
    expect.arrayContaining(["far-from-reference", "most-is-clipped"]),
  );
  const found = progressFindings(run(everything), null);
  expect(found.map(({ id }) => id)).toEqual([
    "not-a-number",
    "everything-truncated",
    "rewards-are-equal",
    "entropy-collapsed",
    "loss-is-not-progress",
  ]);
  expect(found.map(({ patch }) => patch)).toEqual(found.map(() => null));
  expect(found[1]?.message).toBe(
    "In the last 20 steps 100 % of the completions were cut off at max_completion_length.",
  );
  expect(
    progressFindings(
      run(() => ({ "clip_ratio/region_mean": 0 })),
      null,
    ),
  ).toEqual([]);
});

test.each([
  ["is said of metrics alone", { grad_norm: 0, "completions/clipped_ratio": 0.1 }, 1],
  [
    "is not where truncated completions may be masked",
    { grad_norm: 0, "completions/clipped_ratio": 0.7 },
    0,
  ],
])("a lost gradient %s", (_, metrics, count) => {
  expect(
    progressFindings(
      run(() => metrics),
      null,
    ).filter(({ id }) => id === "gradient-is-lost"),
  ).toHaveLength(count);
});

test("a step that is no number is said at once, and which it is", () => {
  const steps = run(
    (i): Record<string, number> => (i === 2 ? { loss: NaN, grad_norm: NaN } : {}),
    3,
  );
  const [found] = progressFindings(steps, trlDefaults);
  expect(found?.message).toBe(
    "In 1 of the last 3 steps loss and grad_norm are not a number (NaN or infinite).",
  );
});

test("what is undefined, as the KL without a reference, is no fault", () => {
  expect(ids(run(() => ({ kl: NaN, policy_loss: NaN })))).toEqual([]);
});

test.each<[string, (i: number) => Record<string, number>, Partial<GRPOConfig>]>([
  ["rewards are equal", () => ({ grad_norm: 0, frac_reward_zero_std: 0.6 }), {}],
  ["one step has a gradient", (i) => ({ grad_norm: i === 30 ? 1e-9 : 0 }), {}],
  [
    "all is masked",
    () => ({ grad_norm: 0, "completions/clipped_ratio": 0.9 }),
    { mask_truncated_completions: true },
  ],
])("a gradient of 0 is no fault of the software where %s", (_, change, config) => {
  expect(ids(run(change), config)).not.toContain("gradient-is-lost");
});

test("a gradient of 0 is none where every step may be clipped as a whole", () => {
  const later = run(() => ({ grad_norm: 0 })).map((step) => ({ ...step, innerStep: 2 }));
  expect(ids(later)).not.toContain("gradient-is-lost");
});

test.each<[string, (i: number) => Record<string, number>]>([
  ["all rise", (i) => ({ "rewards/a/mean": i, "rewards/b/mean": 2 * i })],
  ["none falls", (i) => ({ "rewards/a/mean": i, "rewards/b/mean": 0.5 })],
  ["two rise", (i) => ({ "rewards/a/mean": i, "rewards/b/mean": i, "rewards/c/mean": -i })],
  ["the sum falls", (i) => ({ reward: -i, "rewards/a/mean": i, "rewards/b/mean": -3 * i })],
  [
    "it is chance",
    (i) => ({
      "rewards/a/mean": 0.5 + ((i * 7) % 13) / 20 + i / 400,
      "rewards/b/mean": 0.5 + ((i * 5) % 11) / 20 - i / 400,
    }),
  ],
])("no reward is said to rise at the others' cost where %s", (_, change) => {
  expect(ids(run(change))).not.toContain("one-reward-at-the-others-cost");
});

test("the steps on one rollout repeat its rewards and count once", () => {
  const five = [0.3, 0.6, 0.4, 0.7, 0.5];
  const rollout = [...five, ...five.map((value) => value + 0.22)];
  const change = (i: number) => {
    const value = rollout[Math.floor(i / 4)]!;
    return { "rewards/a/mean": value, "rewards/b/mean": 1 - value };
  };
  expect(ids(run(change))).not.toContain("one-reward-at-the-others-cost");
});

test("only the last steps count", () => {
  expect(ids(run((i) => ({ frac_reward_zero_std: i < 20 ? 1 : 0.1 })))).toEqual([]);
});

test("a metric that is not there says nothing", () => {
  expect(
    ids(
      run(() => ({ kl: NaN })),
      { beta: 0.1 },
    ),
  ).toEqual([]);
});

test("on-policy steps do not count as unclipped", () => {
  const steps = run(() => ({ "clip_ratio/region_mean": 0 })).map((step) => ({
    ...step,
    innerStep: 0,
  }));
  expect(ids(steps)).toEqual([]);
});

test("a loss without a hard clip has no clip findings", () => {
  expect(
    ids(
      run(() => ({ "clip_ratio/region_mean": 0 })),
      { loss_type: "sapo" },
    ),
  ).toEqual([]);
});
