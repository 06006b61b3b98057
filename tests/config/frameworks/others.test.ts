import { describe, expect, test } from "vitest";
import { foreignFindings } from "../../../src/config/frameworks/foreign.ts";
import { facts, read, told } from "./support.ts";

const ids = (text: string): string[] => foreignFindings(read(text)).map(({ id }) => id);
const command = (...words: string[]): string => words.join(" \\\n  ");

describe("NeMo RL", () => {
  const text = `defaults: grpo_math_1B.yaml
grpo:
  num_prompts_per_step: 64
  num_generations_per_prompt: 8
loss_fn:
  reference_policy_kl_penalty: 0.0
  sequence_level_importance_ratios: true
  token_level_loss: false
policy:
  train_global_batch_size: 128
  max_total_sequence_length: 2048
  generation:
    max_new_tokens: \${policy.max_total_sequence_length}
  optimizer:
    kwargs: {lr: 3.0e-6, betas: [0.9, 0.98]}
`;

  test("prompts per rollout, completions per update", () => {
    const paste = read(text);
    expect(facts(paste)).toEqual({
      group: 8,
      completions: 512,
      updates: 4,
      level: "sequence",
      loss: "grpo",
      band: [0.2, 0.2],
      beta: 0,
    });
    expect(paste.foreign.values).toMatchObject({
      learning_rate: 3e-6,
      adam_beta2: 0.98,
      max_completion_length: 2048,
      scale_rewards: "group",
    });
  });

  test("leave-one-out, which TRL has not, is its default", () => {
    expect(told(read(text), "grpo.use_leave_one_out_baseline")).toMatchObject({
      mark: "exact",
      line: null,
      sets: { advantage_baseline: "leave_one_out", advantage_std_leave_one_out: true },
    });
    expect(read(text).run.grpo).toMatchObject({
      advantage_baseline: "leave_one_out",
      advantage_std_leave_one_out: true,
      advantage_std_eps: 1e-6,
    });
    expect(ids(text)).toEqual(expect.arrayContaining(["nemo-sequence-band", "nemo-leave-one-out"]));
    const mended = text
      .replace("grpo:", "grpo:\n  use_leave_one_out_baseline: false")
      .replace("loss_fn:", "loss_fn:\n  ratio_clip_min: 3.0e-4\n  ratio_clip_max: 4.0e-4");
    expect(ids(mended)).not.toContain("nemo-leave-one-out");
    expect(read(mended).run.grpo.advantage_baseline).toBeUndefined();
    expect(ids(mended)).not.toContain("nemo-sequence-band");
  });

  test("0.01 of KL where nothing is set; another file than its own leaves defaults open", () => {
    expect(read(text.replace("  reference_policy_kl_penalty: 0.0\n", "")).foreign.values.beta).toBe(
      0.01,
    );
    const other = read(
      text
        .replace("grpo_math_1B.yaml", "mine.yaml")
        .replace("  reference_policy_kl_penalty: 0.0\n", ""),
    );
    expect(other.foreign.values.beta).toBeUndefined();
    expect(other.known.unread.has("beta")).toBe(true);
    // Leave-one-out is a default, which the other file may have changed.
    expect(foreignFindings(other).map(({ id }) => id)).not.toContain("nemo-leave-one-out");
  });

  test("a value that is another setting's", () => {
    const same = text.replace(
      "train_global_batch_size: 128",
      "train_global_batch_size: ${grpo.num_prompts_per_step}",
    );
    expect(facts(read(same))).toMatchObject({ completions: 512, updates: 8 });
  });

  test("the KL term is held, and cispo's weight on both sides", () => {
    const kl = (more: string) =>
      read(
        text.replace("loss_fn:", `loss_fn:\n${more}`).replace("kl_penalty: 0.0", "kl_penalty: 0.1"),
      ).foreign.values;
    expect(kl("")).toMatchObject({ kl_estimator: "k3", kl_clamp: 10 });
    expect(kl("  reference_policy_kl_type: k1")).toMatchObject({
      kl_estimator: "k1",
      kl_clamp: 10,
    });
    // The log-ratio is held first: k2 of 2 is 2.
    const input = "  reference_policy_kl_type: k2\n  kl_input_clamp_value: 2";
    expect(kl(input)).toMatchObject({ kl_estimator: "k2", kl_clamp: 2 });
    const none = "  kl_output_clamp_value: null\n  kl_input_clamp_value: null";
    expect(kl(none)).toMatchObject({ kl_clamp: null });
    const cispo = "  use_cispo: true\n  ratio_clip_min: 0.2\n  ratio_clip_max: 4.0";
    expect(kl(cispo)).toMatchObject({ loss_type: "cispo", cispo_floor: 0.8, epsilon_high: 5 });
  });

  test("its own schedule, and what it refuses", () => {
    const scheduled = `${text}  scheduler:
    - name: torch.optim.lr_scheduler.LinearLR
      kwargs: {start_factor: 0.1, end_factor: 1.0, total_iters: 20}
    - name: torch.optim.lr_scheduler.ConstantLR
      kwargs: {factor: 1.0, total_iters: 1000}
`;
    expect(read(scheduled).foreign.values).toMatchObject({
      lr_scheduler_type: "constant_with_warmup",
      warmup_steps: 20,
    });
    expect(ids(text.replace("token_level_loss: false", "token_level_loss: true"))).toContain(
      "nemo-sequence-token-loss",
    );
  });
});

describe("OpenRLHF", () => {
  const own = command(
    "python3 -m openrlhf.cli.train_ppo_ray",
    "--rollout.batch_size 64",
    "--rollout.n_samples_per_prompt 8",
    "--train.batch_size 128",
    "--actor.policy_loss_type gspo",
    "--actor.eps_clip_low_high 3e-4 4e-4",
    "--algo.advantage.estimator group_norm",
    "--algo.kl.init_coef 1e-3",
    "--algo.kl.use_loss",
    "--algo.kl.estimator k3",
    "--actor.adam.lr 5e-7",
    "--actor.gradient_checkpointing_enable",
  );

  test("dotted flags", () => {
    const paste = read(own);
    expect(facts(paste)).toEqual({
      group: 8,
      completions: 512,
      updates: 4,
      level: "sequence",
      loss: "grpo",
      band: [3e-4, 4e-4],
      beta: 1e-3,
    });
    expect(paste.foreign.values).toMatchObject({
      adam_beta2: 0.95,
      lr_scheduler_type: "cosine_with_min_lr",
      lr_scheduler_kwargs: { min_lr_rate: 0.1 },
      warmup_steps: 0.03,
      weight_decay: 0,
    });
    expect(ids(own)).toEqual(["learning-rate-for-billions"]);
  });

  test("the flat flags of before, under the names that they have now", () => {
    const former = command(
      "python3 -m openrlhf.cli.train_ppo_ray",
      "--rollout_batch_size 32",
      "--n_samples_per_prompt 4",
      "--train_batch_size 128",
      "--advantage_estimator dr_grpo",
      "--init_kl_coef 0",
      "--eps_clip_low_high 0.2 0.28",
    );
    const paste = read(former);
    expect(facts(paste)).toMatchObject({
      completions: 128,
      updates: 1,
      band: [0.2, 0.28],
      beta: 0,
    });
    expect(paste.foreign.values.scale_rewards).toBe("none");
    expect(told(paste, "advantage_estimator").mark).toBe("exact");
    expect(ids(former)).toContain("openrlhf-on-policy");
  });

  test("gae and KL in the rewards are its defaults", () => {
    const bare = "python3 -m openrlhf.cli.train_ppo_ray --rollout.n_samples_per_prompt 4";
    expect(told(read(bare), "algo.kl.init_coef")).toMatchObject({ mark: "none", text: "0.01" });
    expect(ids(bare)).toEqual(expect.arrayContaining(["openrlhf-gae", "openrlhf-kl-in-reward"]));
    expect(ids(`${own} --actor.eps_clip_low_high 0.2 0.2`)).toContain("openrlhf-gspo-band");
  });
});

describe("slime", () => {
  const script = (more: string): string => `GRPO_ARGS=(
   --advantage-estimator gspo
   --eps-clip 4e-4
)
python3 train.py --rollout-batch-size 16 --n-samples-per-prompt 8 ${more} \${GRPO_ARGS[@]}
`;

  test("one estimator is advantage and ratio; eps-clip holds on both sides", () => {
    const paste = read(script("--global-batch-size 32"));
    expect(facts(paste)).toEqual({
      group: 8,
      completions: 128,
      updates: 4,
      level: "sequence",
      loss: "grpo",
      band: [4e-4, 4e-4],
      beta: 0,
    });
    expect(ids(script("--global-batch-size 32"))).not.toContain("slime-on-policy");
  });

  test("a number of steps in place of a batch", () => {
    expect(facts(read(script("--num-steps-per-rollout 2")))).toMatchObject({
      completions: 128,
      updates: 2,
    });
  });

  test("one update per rollout, and k1 where nothing is set", () => {
    const once = script("--global-batch-size 128 --use-kl-loss --kl-loss-coef 0.01");
    expect(ids(once)).toEqual(expect.arrayContaining(["slime-on-policy", "slime-kl-type"]));
    expect(read(once).foreign.values).toMatchObject({ kl_estimator: "k1" });
    const held = read(once.replace("--kl-loss-coef", "--kl-loss-type low_var_kl --kl-loss-coef"));
    expect(held.foreign.values).toMatchObject({ kl_clamp: 10 });
    expect(
      ids(`${once}`.replace("--kl-loss-coef", "--kl-loss-type low_var_kl --kl-loss-coef")),
    ).not.toContain("slime-kl-type");
    expect(ids(script("--global-batch-size 32").replace("4e-4", "0.2"))).toContain(
      "slime-gspo-band",
    );
  });
});

describe("SkyRL", () => {
  const text = command(
    "python -m skyrl.train.entrypoints.main_base",
    'trainer.algorithm.policy_loss_type="gspo"',
    "trainer.train_batch_size=256",
    "trainer.policy_mini_batch_size=64",
    "generator.n_samples_per_prompt=4",
  );

  test("prompts per rollout and per update; KL is on where nothing is set", () => {
    expect(facts(read(text))).toEqual({
      group: 4,
      completions: 1024,
      updates: 4,
      level: "sequence",
      loss: "dapo",
      band: [0.2, 0.2],
      beta: 0.001,
    });
    expect(ids(text)).toEqual(
      expect.arrayContaining(["skyrl-gspo-band", "skyrl-gspo-kl", "skyrl-gspo-reduction"]),
    );
    const mended = `${text} trainer.algorithm.loss_reduction=sequence_mean trainer.algorithm.use_kl_loss=false trainer.algorithm.eps_clip_low=3e-4 trainer.algorithm.eps_clip_high=4e-4`;
    expect(ids(mended)).toEqual(["learning-rate-for-billions"]);
    expect(ids(`${mended} trainer.policy_mini_batch_size=256`)).toContain("skyrl-on-policy");
  });

  test("cispo's cap is 1 + its own limit", () => {
    const { values } = read(`${text} trainer.algorithm.policy_loss_type=cispo`).foreign;
    expect(values).toMatchObject({ loss_type: "cispo", epsilon_high: 5 });
    expect(values.cispo_floor ?? 0).toBe(0);
    const held = `${text} trainer.algorithm.policy_loss_type=cispo trainer.algorithm.cispo.cispo_eps_clip_low=0.3`;
    expect(read(held).foreign.values.cispo_floor).toBe(0.7);
  });
});

test("AReaL: averaged over tokens in any case, KL in the rewards", () => {
  const text = `train_dataset:
  batch_size: 64
gconfig:
  n_samples: 4
  max_new_tokens: 1024
actor:
  importance_sampling_level: sequence
  eps_clip: 0.4
  ppo_n_minibatches: 1
  kl_ctl: 0.0
  reward_norm:
    mean_level: group
    std_level: group
  adv_norm:
    mean_level: batch
    std_level: batch
  optimizer:
    lr: 2.0e-5
rollout:
  max_head_offpolicyness: 2
`;
  const paste = read(text);
  expect(facts(paste)).toEqual({
    group: 4,
    completions: 256,
    updates: 1,
    level: "sequence",
    loss: "dapo",
    band: [0.4, 0.4],
    beta: 0,
  });
  expect(told(paste, "actor.adv_norm.std_level").mark).toBe("none");
  expect(told(paste, "rollout.max_head_offpolicyness").mark).toBe("none");
  expect(ids(text)).toEqual(
    expect.arrayContaining(["areal-sequence-band", "areal-on-policy", "areal-sequence-by-length"]),
  );
  expect(told(read(text.replace("kl_ctl: 0.0", "kl_ctl: 0.1")), "actor.kl_ctl").mark).toBe("none");
});

test("rloo is the mean of the others, and nothing divides, wherever it is", () => {
  const rloo = [
    "python3 -m verl.trainer.main_ppo algorithm.adv_estimator=rloo actor_rollout_ref.rollout.n=4",
    "python3 -m openrlhf.cli.train_ppo_ray --algo.advantage.estimator rloo --rollout.n_samples_per_prompt 4",
    "python -m skyrl.train.entrypoints.main_base trainer.algorithm.advantage_estimator=rloo generator.n_samples_per_prompt=4",
    "swift rlhf --rlhf_type grpo --advantage_estimator rloo --num_generations 4 --beta 0",
    "actor:\n  eps_clip: 0.2\n  ppo_n_minibatches: 2\n  reward_norm:\n    mean_level: group\n    mean_leave1out: true\n    std_level: null\ngconfig:\n  n_samples: 4\n",
  ];
  for (const text of rloo) {
    const paste = read(text);
    expect(paste.foreign.values, text).toMatchObject({
      scale_rewards: "none",
      advantage_baseline: "leave_one_out",
    });
    const key = /\S*(?:adv_estimator|advantage.estimator|advantage_estimator|mean_leave1out)/.exec(
      text,
    );
    const name = key![0]
      .replace(/^--/, "")
      .replace("mean_leave1out", "actor.reward_norm.mean_leave1out");
    expect(told(paste, name).mark, text).toBe("exact");
  }
  // ms-swift takes the KL divergence off the rewards with it.
  expect(told(read(rloo[3]!.replace("--beta 0", "--beta 0.1")), "advantage_estimator").mark).toBe(
    "near",
  );
});

test("AReaL: distances from the others' mean, over their deviation, are those from the group's", () => {
  const text = (leaves: boolean): string =>
    `gconfig:\n  n_samples: 4\nactor:\n  eps_clip: 0.2\n  ppo_n_minibatches: 2\n  reward_norm:\n    mean_level: group\n    mean_leave1out: ${leaves}\n    std_level: group\n    std_unbiased: false\n    eps: 0.01\n`;
  expect(read(text(false)).foreign.values).toMatchObject({
    scale_rewards: "group",
    advantage_std_eps: 0.01,
    advantage_std_unbiased: false,
  });
  // (n / (n − 1) · d) / (n / (n − 1) · σ + eps) = d / (σ + eps · (n − 1) / n)
  const { values } = read(text(true)).foreign;
  expect(values.advantage_std_eps).toBeCloseTo(0.0075, 12);
  expect(values.advantage_baseline ?? "group").toBe("group");
});

test("prime-rl and AsyncGRPOConfig are explained, and nothing of them is loaded", () => {
  const prime = read(`max_steps = 100

[orchestrator]
rollouts_per_example = 8

[orchestrator.algo]
type = "max_rl"

[trainer.loss]
kl_tau = 0.001
`);
  expect(prime.foreign.values).toEqual({});
  expect(told(prime, "orchestrator.algo.type").says).toContain("group's mean");
  expect(prime.head).toMatch(/^prime-rl, TOML, 4 settings: 0 exact, 0 near, 4 not expressible/);
  expect(prime.schedule).toBe("");
  const later = read(
    "from trl import AsyncGRPOConfig\nargs = AsyncGRPOConfig(\n    max_staleness=4,\n    epsilon=0.1,\n)\n",
  );
  expect(told(later, "max_staleness")).toMatchObject({ line: 3, mark: "none" });
  expect(foreignFindings(later).map(({ id }) => id)).toEqual(["async-grpo-other-trainer"]);
});

test("a script that names a trainer, and none of whose settings are known, is no configuration of its defaults", () => {
  const text =
    "ssh host ray stop --force\n# then: --rollout-batch-size\necho --rollout-batch-size\n";
  expect(() => read(text)).toThrow(/configuration/);
});
