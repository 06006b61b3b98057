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
  ["nothing-clipped", (i) => ({ "clip_ratio/region_mean": i % 4 === 0 ? 0.5 : 0 }), {}],
])("%s", (id, change, config) => {
  const steps = run(change);
  expect(ids(steps, config)).toEqual([id]);
  const [found] = progressFindings(steps, { ...trlDefaults, ...config });
  for (const [name, value] of Object.entries(found?.patch ?? {})) {
    expect(valueSchema(field(name).type).safeParse(value).success).toBe(true);
  }
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
