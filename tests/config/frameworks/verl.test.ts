import { describe, expect, test } from "vitest";
import { foreignFindings } from "../../../src/config/frameworks/foreign.ts";
import { facts, read, told } from "./support.ts";

const A = "actor_rollout_ref.actor";
const command = (...overrides: string[]): string =>
  ["python3 -m verl.trainer.main_ppo", "algorithm.adv_estimator=grpo", ...overrides].join(
    " \\\n  ",
  );

const GSPO = command(
  "data.train_batch_size=256",
  "actor_rollout_ref.rollout.n=8",
  `${A}.ppo_mini_batch_size=32`,
  `${A}.policy_loss.loss_mode=gspo`,
  `${A}.loss_agg_mode=seq-mean-token-mean`,
  `${A}.clip_ratio_low=2e-4`,
  `${A}.clip_ratio_high=3e-4`,
  `${A}.clip_ratio_c=10`,
  `${A}.optim.lr=2e-6`,
  "data.max_response_length=4096",
  "data.train_files=somewhere",
);

test("prompts become completions, and updates are counted", () => {
  expect(facts(read(GSPO))).toEqual({
    group: 8,
    completions: 2048,
    updates: 8,
    level: "sequence",
    loss: "grpo",
    band: [2e-4, 3e-4],
    beta: 0,
  });
  const paste = read(GSPO);
  expect(told(paste, "data.train_batch_size")).toMatchObject({
    mark: "exact",
    says: "train_batch_size 256 prompts × n 8 = generation_batch_size 2,048 completions per rollout.",
  });
  expect(told(paste, `${A}.ppo_mini_batch_size`).says).toContain(
    "2,048 / 256 = 8 updates per rollout, which is steps_per_generation 8 × gradient_accumulation_steps 8 = 64",
  );
  expect(paste.head).toBe(
    "verl, Hydra overrides, 12 settings: 10 exact, 0 near, 0 not expressible, 2 elsewhere",
  );
  expect(paste.schedule).toContain("256 prompts × 8 completions");
});

test("what is not set has verl's default, and is said to", () => {
  const paste = read(GSPO);
  expect(told(paste, `${A}.optim.weight_decay`)).toMatchObject({
    line: null,
    text: "0.01",
    mark: "exact",
    sets: { weight_decay: 0.01, decay_norms_and_biases: true },
  });
  expect(paste.foreign.values).toMatchObject({
    lr_scheduler_type: "constant",
    use_bias_correction_kl: false,
    num_train_epochs: 30,
  });
});

test("a tree of YAML is the same, with cispo's cap as TRL has it", () => {
  const paste = read(`algorithm: {adv_estimator: grpo}
data:
  train_batch_size: 64
actor_rollout_ref:
  rollout:
    n: 4
  actor:
    ppo_mini_batch_size: 64
    clip_ratio_low: 0.3
    clip_ratio_high: 4
    policy_loss:
      loss_mode: cispo
    use_kl_loss: true
    kl_loss_coef: 0.002
`);
  expect(facts(paste)).toMatchObject({
    completions: 256,
    updates: 1,
    loss: "cispo",
    band: [undefined, 5],
    beta: 0.002,
  });
  expect(paste.head).toMatch(/^verl, YAML, 9 settings/);
  expect(told(paste, `${A}.clip_ratio_low`)).toMatchObject({ mark: "exact" });
  expect(told(paste, `${A}.clip_ratio_low`).line).toBe(9);
});

describe.each([
  ["token-mean", [], "dapo", "exact"],
  ["seq-mean-token-mean", [], "grpo", "exact"],
  ["seq-mean-token-sum-norm", [], "dr_grpo", "exact"],
  ["seq-mean-token-sum-norm", [`${A}.loss_scale_factor=100`], "dr_grpo", "near"],
  ["seq-mean-token-sum", [], "dr_grpo", "near"],
  ["token-sum", [], undefined, "none"],
])("loss_agg_mode %s %j", (mode, more, loss, mark) => {
  test(`is ${String(loss)}, ${mark}`, () => {
    const paste = read(command(`${A}.loss_agg_mode=${mode}`, ...more));
    expect(paste.foreign.values.loss_type).toBe(loss);
    expect(told(paste, `${A}.loss_agg_mode`).mark).toBe(mark);
  });
});

test.each([
  ["gpg", "without a ratio"],
  ["clip-cov", "covariance"],
  ["kl_cov", "covariance"],
  ["dppo_tv", "probability moved"],
  ["dro", "quadratic"],
])("loss_mode %s is not expressible, and says what it is", (mode, says) => {
  const paste = read(command(`${A}.policy_loss.loss_mode=${mode}`));
  expect(told(paste, `${A}.policy_loss.loss_mode`)).toMatchObject({ mark: "none" });
  expect(told(paste, `${A}.policy_loss.loss_mode`).says).toContain(says);
  expect(paste.foreign.values.importance_sampling_level).toBeUndefined();
  expect(paste.known.unread.has("loss_type")).toBe(true);
});

test("geo_mean is GMPO, averaged over rows; no dual clip holds there", () => {
  const paste = read(
    command(
      `${A}.policy_loss.loss_mode=geo-mean`,
      `${A}.clip_ratio_low=0.4`,
      `${A}.clip_ratio_high=0.5`,
    ),
  );
  expect(told(paste, `${A}.policy_loss.loss_mode`).mark).toBe("exact");
  expect(paste.run.grpo).toMatchObject({
    importance_sampling_level: "token",
    loss_type: "grpo",
    geometric_clip: true,
    epsilon: 0.4,
    epsilon_high: 0.5,
    delta: null,
  });
  expect(told(paste, `${A}.clip_ratio_c`).mark).toBe("elsewhere");
});

test("cispo's weight is held from below where clip_ratio_low is under 1", () => {
  const mode = `${A}.policy_loss.loss_mode=cispo`;
  const held = read(command(mode, `${A}.clip_ratio_low=0.2`));
  expect(told(held, `${A}.clip_ratio_low`)).toMatchObject({
    mark: "exact",
    sets: { cispo_floor: 0.8 },
  });
  expect(read(command(mode, `${A}.clip_ratio_low=10`)).run.grpo.cispo_floor).toBeUndefined();
});

test.each([
  [[], { delta: 3 }, "exact"],
  [
    [`${A}.clip_ratio_high=0.28`, `${A}.clip_ratio_c=1.2`],
    { delta: null, dual_clip: 1.2 },
    "exact",
  ],
  [[`${A}.policy_loss.loss_mode=gspo`], {}, "elsewhere"],
])("clip_ratio_c %j", (more, sets, mark) => {
  expect(told(read(command(...more)), `${A}.clip_ratio_c`)).toMatchObject({ sets, mark });
});

test.each([
  ["low_var_kl", "exact", { kl_estimator: "k3", kl_clamp: 10 }],
  ["kl", "exact", { kl_estimator: "k1", kl_clamp: null }],
  ["mse", "exact", { kl_estimator: "k2", kl_clamp: null }],
  ["k2+", "exact", { kl_estimator: "k2", kl_clamp: null }],
  ["low_var_kl+", "near", { kl_estimator: "k2" }],
  ["abs", "near", {}],
])("kl_loss_type %s is %s", (type, mark, sets) => {
  const paste = read(command(`${A}.use_kl_loss=True`, `${A}.kl_loss_type=${type}`));
  expect(told(paste, `${A}.kl_loss_type`)).toMatchObject({ mark, sets });
  expect(paste.foreign.values.beta).toBe(0.001);
});

test("total_training_steps counts rollouts", () => {
  const { values } = read(
    command("trainer.total_training_steps=100", `${A}.ppo_mini_batch_size=256`),
  ).foreign;
  expect(values.max_steps).toBe(400);
});

test.each([
  [
    ["actor.optim.lr_scheduler_type=cosine", "actor.optim.min_lr_ratio=0.1"],
    "cosine_with_min_lr",
    { min_lr_rate: 0.1 },
  ],
  [
    ["actor.optim.lr_decay_style=cosine", "actor.optim.min_lr=1e-7"],
    "cosine_with_min_lr",
    { min_lr_rate: 0.1 },
  ],
  [["actor.optim.warmup_style=cosine"], "cosine", null],
  [["actor.optim.lr_warmup_steps_ratio=0.05"], "constant_with_warmup", undefined],
])("schedule %j", (settings, type, kwargs) => {
  const { values } = read(command(...settings.map((each) => `actor_rollout_ref.${each}`))).foreign;
  expect(values.lr_scheduler_type).toBe(type);
  if (kwargs === undefined || kwargs === null)
    expect(values.lr_scheduler_kwargs ?? null).toBeNull();
  else expect((values.lr_scheduler_kwargs as { min_lr_rate: number }).min_lr_rate).toBeCloseTo(0.1);
});

test.each([
  [
    "token",
    "5.0",
    { vllm_importance_sampling_mode: "token_truncate", vllm_importance_sampling_clip_max: 5 },
  ],
  [
    "sequence",
    "0.5_4",
    {
      vllm_importance_sampling_mode: "sequence_mask",
      vllm_importance_sampling_clip_min: 0.5,
      vllm_importance_sampling_clip_max: 4,
    },
  ],
])("rollout_is %s with %s", (level, threshold, sets) => {
  const key = "algorithm.rollout_correction";
  const paste = read(
    command(`${key}.rollout_is=${level}`, `${key}.rollout_is_threshold=${threshold}`),
  );
  expect(paste.foreign.values).toMatchObject({
    vllm_importance_sampling_correction: true,
    ...sets,
  });
});

test("what is not known without running the script is asked for, the rest is read", () => {
  const paste = read(command("data.train_batch_size=$(nproc)", "actor_rollout_ref.rollout.n=4"));
  const { values } = paste.foreign;
  expect(values.num_generations).toBe(4);
  expect(values.generation_batch_size).toBeUndefined();
  expect(told(paste, "data.train_batch_size")).toMatchObject({ mark: "none" });
  expect(told(paste, "data.train_batch_size").says).toContain("only running it tells");
  expect(paste.known.unread.has("generation_batch_size")).toBe(true);
  expect(paste.schedule).toContain("completions per rollout not known");
});

test("an unknown setting is said to be one; a word of another kind is not taken", () => {
  const paste = read(
    command(`${A}.clip_ratoi_low=0.1`, `${A}.clip_ratio_low=little`, "algorithm.own=1"),
  );
  expect(told(paste, "algorithm.own").says).toContain("not a setting of verl that is known");
  expect(told(paste, `${A}.clip_ratio_low`).says).toContain("no number");
  expect(paste.foreign.values.epsilon).toBeUndefined();
});

test("the last of a repeated override wins", () => {
  const paste = read(command("actor_rollout_ref.rollout.n=4", "actor_rollout_ref.rollout.n=6"));
  expect(paste.foreign.values.num_generations).toBe(6);
});

const ids = (...overrides: string[]): string[] =>
  foreignFindings(read(command(...overrides))).map(({ id }) => id);

test.each<[string, string[]]>([
  ["verl-clip-ratio", [`${A}.clip_ratio=0.3`]],
  ["verl-gspo-dual-clip", [`${A}.policy_loss.loss_mode=gspo`, `${A}.clip_ratio_c=10`]],
  ["verl-cispo-cap", [`${A}.policy_loss.loss_mode=cispo`]],
  ["verl-gae", ["algorithm.adv_estimator=gae"]],
  ["verl-gspo-aggregation", [`${A}.policy_loss.loss_mode=gspo`]],
  ["verl-gspo-band", [`${A}.policy_loss.loss_mode=gspo`]],
  ["verl-tau-place", [`${A}.policy_loss.loss_mode=sapo`, `${A}.policy_loss.tau_pos=2`]],
  ["verl-on-policy", ["data.train_batch_size=64", `${A}.ppo_mini_batch_size=64`]],
])("finding %s", (id, overrides) => {
  expect(ids(...overrides)).toContain(id);
  expect(ids()).not.toContain(id);
});

test("findings have the text's numbers and verl's own words", () => {
  const [found] = foreignFindings(
    read(command("data.train_batch_size=64", `${A}.ppo_mini_batch_size=64`)),
  );
  expect(found?.message).toBe(
    "train_batch_size and ppo_mini_batch_size are both 64 and ppo_epochs is 1: one update per rollout, and every ratio is about 1.",
  );
  expect(found?.remedy).toContain("ppo_mini_batch_size=16");
});

test("a rollout that no browser can hold is scaled for the page, and kept as it is otherwise", () => {
  const paste = read(
    command(
      "data.train_batch_size=4096",
      "actor_rollout_ref.rollout.n=16",
      `${A}.ppo_mini_batch_size=1024`,
    ),
  );
  expect(paste.foreign.values.generation_batch_size).toBe(65536);
  expect(paste.run.grpo.generation_batch_size).toBe(8192);
  expect(paste.schedule).toContain("4 optimizer steps per rollout");
  expect(foreignFindings(paste).filter(({ severity }) => severity === "error")).toEqual([]);
});
