import { defaultPolicy, trlDefaults, unslothDefaults } from "./schema.ts";
import type { ArmConfig, GRPOConfig, Level, PolicyConfig, RunConfig } from "./types.ts";

/** A run that is worth looking at; what there is to see: preset-sentences.ts. */
export interface Preset {
  /** kebab-case, e.g. "sort". */
  id: string;
  /** A few words. */
  title: string;
  run: RunConfig;
}

export const DEFAULT_PRESET = "four-passes";

/** Clip ranges that suit each level at toy scale and this learning rate. */
const epsilonAt: Record<Level, number> = { token: 0.2, sequence: 0.03, sequence_token: 0.03 };

/** An arm of this level, with an ε that suits it. */
export const armAt = (level: Level): ArmConfig => ({
  name: level,
  overrides: { importance_sampling_level: level, epsilon: epsilonAt[level] },
});

const both: readonly ArmConfig[] = [armAt("token"), armAt("sequence")];

/**
 * What all toys share: a rollout of 128 completions in four mini-batches, each seen once, as in the
 * GSPO paper. Groups of 16, so that a mini-batch holds several rows of every prompt.
 */
const toy: GRPOConfig = {
  ...trlDefaults,
  loss_type: "grpo",
  num_generations: 16,
  per_device_train_batch_size: 32,
  gradient_accumulation_steps: 1,
  steps_per_generation: 4,
  num_iterations: 1,
  max_steps: 600,
  learning_rate: 8e-4,
  lr_scheduler_type: "constant",
  adam_beta2: 0.99,
  optim: "adamw_torch",
  max_completion_length: 6,
  logging_steps: 1,
};

const sort: RunConfig = {
  preset: "sort",
  task: "sort",
  difficulty: 4,
  policy: defaultPolicy,
  grpo: toy,
  arms: both,
  warmStart: "sort",
  datasetSize: 16_384,
  evaluationSize: 64,
};

/** What a preset has different from the sort run. */
type Different = Partial<Omit<RunConfig, "preset" | "grpo">> & { grpo?: Partial<GRPOConfig> };

const preset = (id: string, title: string, run: Different = {}): Preset => ({
  id,
  title,
  run: { ...sort, ...run, preset: id, grpo: { ...toy, ...run.grpo } },
});

/** A task's own preset: its name is also its checkpoint's. */
const taskPreset = (
  id: string,
  title: string,
  difficulty: number,
  max_completion_length: number,
): Preset =>
  preset(id, title, {
    task: id,
    difficulty,
    warmStart: id,
    grpo: { max_completion_length },
  });

/** The claim about mixtures needs three: replay is for token ratios. */
const replayed: readonly ArmConfig[] = [
  armAt("token"),
  { name: "token-R2", overrides: { ...armAt("token").overrides, router_replay: "R2" } },
  armAt("sequence"),
];

/** Sort with a policy that is a mixture: its name is also its checkpoint's. */
const mixturePreset = (id: string, title: string, policy: Partial<PolicyConfig>): Preset =>
  preset(id, title, {
    policy: { ...defaultPolicy, ...policy },
    warmStart: id,
    arms: replayed,
  });

/** A task with pictures, of 9 patches each: its name is also its checkpoint's. */
const seen = (task: string, difficulty: number): Different => ({
  ...{ task, difficulty, warmStart: task },
  policy: {
    ...defaultPolicy,
    vision: { imageSize: 12, patchSize: 4, width: 32, layers: 3, heads: 2, hidden: 64 },
  },
});

const picturePreset = (id: string, title: string, difficulty: number, completion: number): Preset =>
  preset(id, title, { ...seen(id, difficulty), grpo: { max_completion_length: completion } });

/** The GSPO snippet of Unsloth's documentation; only max_completion_length is a toy's. */
const unslothSnippet: Different = {
  arms: [{ name: "sequence", overrides: {} }],
  datasetSize: 1024,
  grpo: {
    ...trlDefaults,
    ...unslothDefaults,
    per_device_train_batch_size: 8,
    gradient_accumulation_steps: 4,
    learning_rate: 5e-6,
    adam_beta1: 0.9,
    adam_beta2: 0.99,
    weight_decay: 0.1,
    warmup_ratio: 0.1,
    lr_scheduler_type: "cosine",
    optim: "adamw_8bit",
    epsilon: 3e-4,
    epsilon_high: 4e-4,
    num_generations: 8,
    max_completion_length: toy.max_completion_length,
    log_completions: false,
    max_grad_norm: 0.1,
    temperature: 0.9,
    num_train_epochs: 2,
    importance_sampling_level: "sequence",
    loss_type: "dr_grpo",
  },
  exportOnly: { max_prompt_length: 1024, report_to: "none" },
};

/** Every preset, in the order in which they are offered. */
export const presets: readonly Preset[] = [
  preset("four-passes", "Sort, four passes", {
    grpo: {
      num_generations: 8,
      per_device_train_batch_size: 64,
      steps_per_generation: 1,
      num_iterations: 4,
    },
  }),
  taskPreset("sort", "Sort, off-policy ×4", 4, 6),
  preset("sort-light", "Sort, light", {
    grpo: { num_generations: 8, per_device_train_batch_size: 16 },
  }),
  taskPreset("reverse", "Reverse, off-policy ×4", 4, 6),
  taskPreset("add", "Add with carry, off-policy ×4", 1, 4),
  taskPreset("copy", "Copy, off-policy ×4", 6, 8),
  taskPreset("count", "Count, off-policy ×4", 9, 12),
  taskPreset("brackets", "Brackets, off-policy ×4", 4, 6),
  taskPreset("parity", "Parity with working, off-policy ×4", 8, 20),
  preset("gspo-paper", "GSPO paper's values", {
    arms: [
      {
        name: "token",
        overrides: { importance_sampling_level: "token", epsilon: 0.2, epsilon_high: 0.27 },
      },
      {
        name: "sequence",
        overrides: { importance_sampling_level: "sequence", epsilon: 3e-4, epsilon_high: 4e-4 },
      },
    ],
    grpo: { beta: 0 },
  }),
  preset("grpo-classic", "GRPO as first published", {
    arms: [armAt("token")],
    grpo: { beta: 0.04, use_bias_correction_kl: false },
  }),
  preset("trl-defaults", "TRL's defaults", {
    arms: [
      { name: "token", overrides: { importance_sampling_level: "token" } },
      { name: "sequence", overrides: { importance_sampling_level: "sequence" } },
    ],
    datasetSize: 200,
    grpo: {
      ...trlDefaults,
      learning_rate: toy.learning_rate,
      lr_scheduler_type: toy.lr_scheduler_type,
      max_completion_length: toy.max_completion_length,
    },
  }),
  preset("unsloth-gspo", "Unsloth's GSPO snippet", unslothSnippet),
  preset("from-scratch", "Count, from random weights", {
    task: "count",
    difficulty: 5,
    warmStart: null,
    grpo: { max_completion_length: 8, learning_rate: 2e-3 },
  }),
  preset("sort-solved", "Sort, already solved", { warmStart: "sort-solved" }),
  picturePreset("count-dots", "Count the dots in a picture", 5, 7),
  picturePreset("find-mark", "Find the mark in a picture", 4, 6),
  preset("unsloth-vlm", "Unsloth's GSPO snippet, with a picture", {
    ...unslothSnippet,
    ...seen("count-dots", 5),
    exportOnly: { ...unslothSnippet.exportOnly, output_dir: "vlm-grpo-unsloth" },
  }),
  mixturePreset("moe-sort", "Sort, mixture of experts", {
    architecture: "qwen3_moe",
    mixture: { experts: 8, perToken: 2, hidden: 32 },
  }),
  mixturePreset("moe-deep", "Sort, deep mixture", {
    architecture: "qwen3_moe",
    layers: 6,
    mixture: { experts: 8, perToken: 2, hidden: 16 },
  }),
  mixturePreset("gpt-oss-style", "Sort, gpt-oss style", {
    architecture: "gpt_oss",
    hidden: 32,
    mixture: { experts: 4, perToken: 2 },
    slidingWindow: 8,
    ropeTheta: 150_000,
    rotaryScaling: {
      type: "yarn",
      factor: 32,
      betaFast: 32,
      betaSlow: 1,
      originalPositions: 4096,
      truncate: false,
    },
  }),
];

/** The preset of this id; undefined for an id that is none. */
export const findPreset = (id: string): Preset | undefined =>
  presets.find((each) => each.id === id);
