import type { ArchitectureConfig, RoutingFields } from "./architecture.ts";
import type { FieldsBeyondTRL } from "./beyond-trl.ts";

/** The level at which importance ratios are taken. TRL: `importance_sampling_level`. */
export const levels = ["token", "sequence", "sequence_token"] as const;
/** One ratio per token (GRPO), per sequence (GSPO), or GSPO-token's, which has the gradient per token. */
export type Level = (typeof levels)[number];

/** The level beside it: that of the other figure. */
export const otherLevel = (level: Level): "token" | "sequence" =>
  level === "token" ? "sequence" : "token";

/** TRL: `loss_type`; `fields` says what each is. */
export const lossTypes = [
  "grpo",
  "bnpo",
  "dr_grpo",
  "dapo",
  "cispo",
  "sapo",
  "luspo",
  "vespo",
] as const;
export type LossType = (typeof lossTypes)[number];

/**
 * The fields of TRL 1.13's `GRPOConfig` (and of transformers' `TrainingArguments`) that the engine
 * acts on, under their own names, and those of other trainers. `fields` has bounds, default, help and
 * source of each.
 */
export interface GRPOConfig extends RoutingFields, FieldsBeyondTRL {
  // Steps and data
  per_device_train_batch_size: number;
  gradient_accumulation_steps: number;
  steps_per_generation: number | null;
  generation_batch_size: number | null;
  /** Not TRL's but its launcher's; absent: 1. Batch sizes per device are those of each. */
  num_processes?: number;
  num_generations: number;
  num_iterations: number;
  max_steps: number;
  num_train_epochs: number;
  shuffle_dataset: boolean;
  seed: number;
  // Generation
  max_completion_length: number;
  temperature: number;
  top_k: number;
  top_p: number;
  min_p: number | null;
  // Loss and ratio
  importance_sampling_level: Level;
  loss_type: LossType;
  epsilon: number;
  epsilon_high: number | null;
  delta: number | null;
  beta: number;
  use_bias_correction_kl: boolean;
  sync_ref_model: boolean;
  ref_model_mixup_alpha: number;
  ref_model_sync_steps: number;
  scale_rewards: "group" | "batch" | "none";
  multi_objective_aggregation: "sum_then_normalize" | "normalize_then_sum";
  reward_weights: readonly number[] | null;
  mask_truncated_completions: boolean;
  top_entropy_quantile: number;
  entropy_coef: number;
  use_adaptive_entropy: boolean;
  entropy_coef_min: number;
  entropy_coef_max: number;
  entropy_coef_delta: number;
  entropy_target: number;
  off_policy_mask_threshold: number | null;
  sapo_temperature_neg: number;
  sapo_temperature_pos: number;
  vespo_k_pos: number;
  vespo_lambda_pos: number;
  vespo_k_neg: number;
  vespo_lambda_neg: number;
  // Optimizer
  learning_rate: number;
  adam_beta1: number;
  adam_beta2: number;
  adam_epsilon: number;
  weight_decay: number;
  max_grad_norm: number;
  optim: string;
  lr_scheduler_type: string;
  lr_scheduler_kwargs: Readonly<Record<string, number | string>> | null;
  /** ≥ 1: steps; below 1: share of the run, as in transformers 5. */
  warmup_steps: number;
  /** transformers 4's name for the share; used when `warmup_steps` is 0. */
  warmup_ratio: number;
  // Evaluation
  eval_strategy: string;
  /** ≥ 1: steps; below 1: share of the run. */
  eval_steps: number | null;
  eval_delay: number;
  per_device_eval_batch_size: number;
  num_generations_eval: number | null;
  metric_for_best_model: string | null;
  // Logging
  logging_steps: number;
  log_completions: boolean;
}

/** The fields that say where a level clips its ratios. */
export type ClipBand = Pick<
  GRPOConfig,
  "epsilon" | "epsilon_high" | "delta" | "dual_clip" | "cispo_floor"
>;

/** The decoder that is trained, Llama's unless it says otherwise. The vocabulary is the task's. */
export interface PolicyConfig extends Partial<ArchitectureConfig> {
  layers: number;
  /** Channels of the residual stream. */
  width: number;
  heads: number;
  /** Heads of keys and values; `heads` is a multiple of it. */
  kvHeads: number;
  /** Width of the gated MLP. */
  hidden: number;
  /** The embedding is the head too. */
  tied: boolean;
  rmsNormEps: number;
  ropeTheta: number;
}

/** Names an arm can have; "view" would be mistaken for a part of a link. */
export const ARM_NAME = /^(?!view$)[a-zA-Z][\w-]{0,31}$/;

/** One of the policies that a run trains in lockstep: what it has different from the others. */
export interface ArmConfig {
  /** Unique within the run, e.g. "token" or "sequence". */
  name: string;
  /** Take the place of what all arms share. */
  overrides: Partial<GRPOConfig>;
}

/** Everything that decides a run. The same RunConfig on the same adapter gives the same bits. */
export interface RunConfig {
  /** The preset it started from. */
  preset: string;
  /** The task's id. */
  task: string;
  /** How hard the task's prompts are, e.g. the most digits to sort; the task states the bounds. */
  difficulty: number;
  policy: PolicyConfig;
  /** Shared by all arms; an arm's overrides come on top. */
  grpo: GRPOConfig;
  arms: readonly ArmConfig[];
  /** A warm-started checkpoint in `public/checkpoints/`, or null to start from random weights. */
  warmStart: string | null;
  /** Prompts in the training set: what an epoch goes through. */
  datasetSize: number;
  /** Prompts that evaluations go through. */
  evaluationSize: number;
  /** Fields that mean nothing in a browser but survive export, e.g. `use_vllm`. Absent: none. */
  exportOnly?: Readonly<Record<string, unknown>>;
  /** Token texts by id where they are not the task's: of an imported log. */
  vocabulary?: readonly string[];
  /** False: of an imported file that has no configuration; `grpo` says nothing then. */
  configKnown?: false;
}

/** What an arm really runs with. */
export const armConfig = (run: RunConfig, arm: ArmConfig): GRPOConfig => ({
  ...run.grpo,
  ...arm.overrides,
});
