import { expect, test } from "vitest";
import { foreignFindings } from "../../../src/config/frameworks/foreign.ts";
import { facts, read, told } from "./support.ts";

const swift = (...flags: string[]): string =>
  ["NPROC_PER_NODE=4 \\\nswift rlhf", "--rlhf_type grpo", "--tuner_type full", ...flags].join(
    " \\\n    ",
  );

const GSPO = swift(
  "--per_device_train_batch_size 2",
  "--gradient_accumulation_steps 4",
  "--steps_per_generation 16",
  "--num_generations 8",
  "--importance_sampling_level sequence",
  "--epsilon 3e-4",
  "--epsilon_high 4e-4",
  "--beta 0.0",
  "--learning_rate 2e-6",
  "--overlong_filter true",
  "--reward_funcs accuracy format",
);

test("TRL's names and units, for all processes", () => {
  const paste = read(GSPO);
  expect(facts(paste)).toEqual({
    group: 8,
    completions: 128,
    updates: 4,
    level: "sequence",
    loss: "grpo",
    band: [3e-4, 4e-4],
    beta: 0,
  });
  expect(paste.foreign.values).toMatchObject({
    num_processes: 4,
    mask_truncated_completions: true,
    learning_rate: 2e-6,
  });
  expect(paste.run.grpo.num_processes).toBe(4);
  expect(paste.schedule).toContain("16 prompts × 8 completions");
  expect(paste.schedule).toContain("4 optimizer steps per rollout");
  expect(paste.head).toMatch(/^ms-swift, flags, 14 settings: 11 exact, 0 near, 0 not expressible/);
});

test("its own defaults, which TRL has not", () => {
  const { values } = read(swift("--num_generations 8")).foreign;
  expect(values).toMatchObject({
    beta: 0.04,
    temperature: 0.9,
    loss_type: "grpo",
    scale_rewards: "group",
    weight_decay: 0.1,
    adam_beta2: 0.95,
    lr_scheduler_type: "cosine",
    learning_rate: 1e-5,
    use_bias_correction_kl: false,
  });
  expect(read("swift rlhf --rlhf_type grpo --num_generations 8").foreign.values.learning_rate).toBe(
    1e-4,
  );
});

test("under Megatron steps_per_generation counts updates", () => {
  const paste = read(
    "megatron rlhf --rlhf_type grpo --global_batch_size 32 --micro_batch_size 1 --steps_per_generation 4 --num_generations 8 --lr 1e-6 --clip_grad 0.5",
  );
  expect(facts(paste)).toMatchObject({ completions: 128, updates: 4 });
  expect(paste.foreign.values).toMatchObject({ learning_rate: 1e-6, max_grad_norm: 0.5 });
  expect(told(paste, "lr").text).toBe("--lr 1e-6");
});

test("a YAML file of the same", () => {
  const paste = read(
    "rlhf_type: grpo\nmodel: some/model\nnum_generations: 4\nloss_type: dr_grpo\n",
  );
  expect(paste.head).toMatch(/^ms-swift, YAML, 4 settings: 2 exact/);
  expect(facts(paste)).toMatchObject({ group: 4, loss: "dr_grpo" });
});

test.each([
  ["--loss_type fipo", "loss_type", "none"],
  ["--dynamic_sample true", "dynamic_sample", "none"],
  ["--dynamic_sample false", "dynamic_sample", "elsewhere"],
  ["--scale_rewards gdpo", "scale_rewards", "near"],
  ["--advantage_estimator rloo", "advantage_estimator", "near"],
  ["--soft_cache_length 512", "soft_cache_length", "none"],
  ["--off_policy_sequence_mask_delta 0.1", "off_policy_sequence_mask_delta", "exact"],
  ["--own_setting 1", "own_setting", "none"],
])("%s", (flag, key, mark) => {
  expect(told(read(swift("--num_generations 8", flag)), key).mark).toBe(mark);
});

test("rloo divides by nothing, where nothing is set", () => {
  const { values } = read(swift("--num_generations 8", "--advantage_estimator rloo")).foreign;
  expect(values.scale_rewards).toBe("none");
});

const ids = (text: string): string[] => foreignFindings(read(text)).map(({ id }) => id);

test("findings, with the remedy as a flag", () => {
  expect(ids(GSPO)).not.toContain("swift-on-policy");
  const once = GSPO.replace("--steps_per_generation 16", "--steps_per_generation 4");
  const found = foreignFindings(read(once)).find(({ id }) => id === "swift-on-policy");
  expect(found?.message).toContain("32 completions");
  expect(found?.remedy).toContain("--steps_per_generation 16");
  expect(ids(once)).not.toContain("ratio-always-one");
  expect(ids(GSPO.replace("3e-4", "0.2").replace("4e-4", "0.2"))).toContain("swift-sequence-band");
  expect(ids(GSPO)).toContain("swift-defaults");
  expect(ids(`${GSPO} --temperature 1`)).not.toContain("swift-defaults");
});
