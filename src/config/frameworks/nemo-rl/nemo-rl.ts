import { batches, lengthInRollouts, updatesIn } from "../prompt-units.ts";
import { derived, exact, implied, missing, near, same } from "../rules.ts";
import { asTRL, seedRule } from "../trl-names.ts";
import type { Codec } from "../rules.ts";
import type { Framework, Rule } from "../types.ts";
import { findings } from "./findings.ts";
import { kl } from "./kl.ts";
import { advantage, clip, objective, sampler } from "./loss.ts";
import { optimizer } from "./optimizer.ts";

const GROUP = "grpo.num_generations_per_prompt";
const SIZES = {
  group: GROUP,
  rollout: { key: "grpo.num_prompts_per_step", of: "prompts", usual: 32 },
  update: { key: "policy.train_global_batch_size", of: "completions", usual: 512 },
  note: "prompts per rollout, completions per update",
} as const;

/** Null there samples from all tokens. */
const filter: Codec = {
  read: (value) =>
    typeof value === "number" ? Math.max(0, value) : value === null ? 0 : undefined,
  write: (value) => (value === 0 ? null : (value as number)),
};

const lengths = derived({
  fields: ["max_completion_length"],
  keys: { "policy.generation.max_new_tokens": null, "policy.max_total_sequence_length": 512 },
  mark: "near",
  note: "without a limit of its own the whole sequence's, prompt included",
  read: (given) =>
    given.value("policy.generation.max_new_tokens") == null
      ? [
          near(
            "policy.max_total_sequence_length",
            { max_completion_length: given.number("policy.max_total_sequence_length") },
            "Prompt and completion together; TRL's limit is the completion's.",
          ),
        ]
      : [
          exact("policy.generation.max_new_tokens", {
            max_completion_length: given.number("policy.generation.max_new_tokens"),
          }),
        ],
  write: ({ number, values }) => ({
    settings: {
      "policy.generation.max_new_tokens": number("max_completion_length"),
      "policy.max_total_sequence_length":
        number("max_completion_length") + Number(values.max_prompt_length ?? 1024),
    },
  }),
});

const beyond: readonly Rule[] = [
  missing(
    "grpo.use_dynamic_sampling",
    false,
    "Groups without a signal are drawn again; GRPOTrainer keeps them, with advantage 0.",
  ),
  missing(
    "grpo.reward_shaping.enabled",
    false,
    "Takes reward off answers that come near the limit: in TRL a reward function, get_soft_overlong_punishment.",
  ),
  missing(
    "grpo.reward_scaling.enabled",
    false,
    "Maps rewards onto another range: in TRL part of the reward function.",
  ),
  missing(
    "grpo.async_grpo.enabled",
    false,
    "Samples with weights that are up to max_trajectory_age_steps old.",
  ),
  missing(
    "grpo.seq_logprob_error_threshold",
    null,
    "Leaves out rows whose sampler and trainer disagree; off_policy_mask_threshold is the nearest.",
  ),
  missing("grpo.advantage_clip_low", null, "Clips advantages."),
  missing("grpo.advantage_clip_high", null, "Clips advantages."),
  missing("loss_fn.positive_example_nll_weight", 0, "Adds the likelihood of right answers."),
  missing(
    "loss_fn.force_on_policy_ratio",
    false,
    "Every ratio is 1 by decree: what TRL's is with one update per rollout.",
  ),
  implied("num_iterations", 1, "NeMo RL goes through a rollout once."),
  implied("router_aux_loss_coef", 0, "NeMo RL adds no load-balancing loss."),
];

/** NeMo RL's YAML: what a file leaves out is grpo_math_1B.yaml's. */
export const nemoRL: Framework = {
  id: "nemo-rl",
  name: "NeMo RL",
  rules: [
    same({ key: GROUP, field: "num_generations", usual: 16 }),
    batches(SIZES),
    lengthInRollouts({
      rollouts: { key: "grpo.max_num_steps", usual: 1_000_000, off: 1_000_000 },
      epochs: { key: "grpo.max_num_epochs", usual: 1 },
      updates: (given) => updatesIn(given, SIZES),
    }),
    lengths,
    same({ key: "policy.generation.temperature", field: "temperature", usual: 1 }),
    same({ key: "policy.generation.top_p", field: "top_p", usual: 1 }),
    same({
      key: "policy.generation.top_k",
      field: "top_k",
      usual: null,
      codec: filter,
      says: "null there is 0 in TRL: no filter.",
    }),
    same({
      key: "data.shuffle",
      field: "shuffle_dataset",
      usual: true,
      codec: asTRL("shuffle_dataset"),
    }),
    seedRule("grpo.seed", 42),
    ...objective,
    ...clip,
    advantage,
    kl,
    same({
      key: "grpo.overlong_filtering",
      field: "mask_truncated_completions",
      usual: false,
      codec: asTRL("mask_truncated_completions"),
    }),
    ...optimizer,
    sampler,
    ...beyond,
  ],
  aliases: {
    "grpo.adv_estimator.use_leave_one_out_baseline": "grpo.use_leave_one_out_baseline",
    "grpo.adv_estimator.normalize_rewards": "grpo.normalize_rewards",
  },
  elsewhere: [
    [
      /^defaults$/,
      "Names another file, which is not in this text: what is left out here is taken from NeMo RL's grpo_math_1B.yaml.",
    ],
    [
      /^(checkpointing|data_plane|logger|cluster|env|data|sft|dpo|reward_penalties)\b/,
      "The data, the rewards and what is written down.",
    ],
    [
      /^grpo\.(val_|max_val|max_rollout_turns|stop_at|batch_multiplier|dynamic_sampling_max|reward_shaping\.|reward_scaling\.|async_grpo\.|adv_estimator\.|invalid_|malformed_|skip_)/,
      "Evaluation, and parts of what is said above.",
    ],
    [/^loss_fn\.(kl_input_clamp_value|kl_output_clamp_value)$/, "How far the KL term is held."],
    [/^policy\./, "The model, and how the work is cut."],
  ],
  findings,
};
