import { expect, test } from "vitest";
import { foreignFindings } from "../../../src/config/frameworks/foreign.ts";
import { facts, read, told } from "./support.ts";

const TEXT = `base_model: some/model
rl: grpo
trl:
  num_generations: 4
  importance_sampling_level: sequence
  epsilon: 2.0e-4
  scale_rewards: false
  loss_type: grpo
  beta: 0.01
  sync_ref_model: true
  generation_batch_size: 64
  reward_funcs:
    - rewards.right
micro_batch_size: 4
gradient_accumulation_steps: 2
learning_rate: 4.0e-6
optimizer: adamw_8bit
lr_scheduler: cosine
cosine_min_lr_ratio: 0.1
num_epochs: 2
val_set_size: 0
`;

test("the trl block and the top", () => {
  const paste = read(TEXT);
  expect(facts(paste)).toEqual({
    group: 4,
    completions: 64,
    updates: 8,
    level: "sequence",
    loss: "grpo",
    band: [2e-4, undefined],
    beta: 0.01,
  });
  expect(paste.foreign.values).toMatchObject({
    scale_rewards: "none",
    optim: "adamw_8bit",
    lr_scheduler_type: "cosine_with_min_lr",
    lr_scheduler_kwargs: { min_lr_rate: 0.1 },
    num_train_epochs: 2,
    ref_model_mixup_alpha: 0.9,
    ref_model_sync_steps: 64,
    warmup_steps: 0.03,
  });
  expect(paste.head).toBe(
    "Axolotl, YAML, 19 settings: 15 exact, 0 near, 0 not expressible, 4 elsewhere",
  );
  expect(told(paste, "trl.epsilon")).toMatchObject({ line: 6, mark: "exact" });
  // TRL's own default holds where the block is silent.
  expect(paste.run.grpo.temperature).toBe(1);
});

test("what TRL has not", () => {
  const more = TEXT.replace("  beta", "  replay_buffer_size: 64\n  async_prefetch: true\n  beta");
  expect(told(read(more), "trl.replay_buffer_size").mark).toBe("none");
  expect(told(read(more), "trl.async_prefetch").mark).toBe("none");
});

const ids = (text: string): string[] => foreignFindings(read(text)).map(({ id }) => id);

test("findings", () => {
  expect(ids(TEXT)).toContain("axolotl-reference-defaults");
  expect(ids(TEXT)).not.toContain("axolotl-on-policy");
  const once = TEXT.replace("  generation_batch_size: 64\n", "");
  const found = foreignFindings(read(once)).find(({ id }) => id === "axolotl-on-policy");
  expect(found?.remedy).toContain("trl.generation_batch_size to 32");
  expect(ids(TEXT.replace("2.0e-4", "0.2"))).toContain("axolotl-sequence-band");
  expect(ids(TEXT)).not.toContain("axolotl-sequence-band");
});
