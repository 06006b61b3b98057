import { batches, groupSize } from "../prompt-units.ts";
import {
  cannot,
  derived,
  elsewhere,
  exact,
  implied,
  missing,
  near,
  nearly,
  same,
} from "../rules.ts";
import { asTRL, seedRule } from "../trl-names.ts";
import type { Framework, Rule } from "../types.ts";
import { findings } from "./findings.ts";
import { ALIASES } from "./former.ts";
import { sampler } from "./correction.ts";
import { advantage, clip, dual, entropy, kl, objective } from "./loss.ts";
import { optimizer } from "./optimizer.ts";

const GROUP = "rollout.n_samples_per_prompt";

const sizes = batches({
  group: GROUP,
  rollout: { key: "rollout.batch_size", of: "prompts", name: "rollout.batch_size", usual: 1024 },
  update: { key: "train.batch_size", of: "completions", name: "train.batch_size", usual: 128 },
  note: "prompts per rollout, completions per update",
});

const beyond: readonly Rule[] = [
  missing(
    "algo.dynamic_filtering_enable",
    false,
    "Groups whose rewards lie outside of a range are drawn again; GRPOTrainer keeps them.",
  ),
  missing(
    "algo.dynamic_filtering_range",
    undefined,
    "The range of dynamic filtering.",
    () => false,
  ),
  missing("algo.kl.target", null, "Moves the KL coefficient towards a target."),
  missing(
    "reward.overlong_buffer_len",
    null,
    "Takes reward off answers that come near the limit: in TRL a reward function, get_soft_overlong_punishment.",
  ),
  missing("reward.stop_properly_penalty_coef", null, "Lowers the reward of truncated answers."),
  missing("reward.normalize_enable", false, "Normalises a reward model's outputs over time."),
  missing(
    "reward.clip_range",
    undefined,
    "Clips rewards; at ±10 where nothing is set.",
    () => false,
  ),
  missing(
    "train.partial_rollout_enable",
    false,
    "Carries unfinished answers over to the next rollout.",
  ),
  implied("use_bias_correction_kl", false, "OpenRLHF does not multiply the KL term by the ratio."),
];

/** OpenRLHF's PPO on Ray: dotted flags since 0.11, and the flat ones before. */
export const openrlhf: Framework = {
  id: "openrlhf",
  name: "OpenRLHF",
  rules: [
    groupSize(GROUP, 1, "A group of one has no other to be compared with."),
    sizes,
    same({ key: "train.max_epochs", field: "num_iterations", usual: 1 }),
    derived({
      fields: ["max_steps", "num_train_epochs"],
      keys: { "train.num_episodes": 1 },
      read: (given) => [
        exact(
          "train.num_episodes",
          { num_train_epochs: given.number("train.num_episodes") },
          "Passes over the prompts.",
        ),
      ],
      write: ({ number }) => ({
        settings: { "train.num_episodes": Math.max(1, Math.ceil(number("num_train_epochs"))) },
        notes: {
          ...(number("max_steps") > 0
            ? { max_steps: cannot("OpenRLHF counts passes over the prompts alone.") }
            : {}),
          ...(Number.isInteger(number("num_train_epochs"))
            ? {}
            : { num_train_epochs: nearly("Whole passes alone are counted.") }),
        },
      }),
    }),
    derived({
      fields: ["max_completion_length"],
      keys: { "rollout.max_new_tokens": null, "data.max_len": 2048 },
      note: "without a limit of its own what data.max_len leaves beside the prompt",
      read: (given) =>
        given.value("rollout.max_new_tokens") === null
          ? [
              near(
                "data.max_len",
                { max_completion_length: given.number("data.max_len") },
                "Prompt and completion together; TRL's limit is the completion's.",
              ),
            ]
          : [
              exact("rollout.max_new_tokens", {
                max_completion_length: given.number("rollout.max_new_tokens"),
              }),
              elsewhere("data.max_len", "Prompt and completion together."),
            ],
      write: ({ number }) => ({
        settings: { "rollout.max_new_tokens": number("max_completion_length") },
      }),
    }),
    same({ key: "rollout.temperature", field: "temperature", usual: 1 }),
    same({ key: "rollout.top_p", field: "top_p", usual: 1 }),
    seedRule("train.seed", 42),
    objective,
    clip,
    dual,
    advantage,
    kl,
    entropy,
    same({
      key: "actor.aux_loss_coef",
      field: "router_aux_loss_coef",
      usual: 0,
      codec: asTRL("router_aux_loss_coef"),
    }),
    ...optimizer,
    sampler,
    ...beyond,
  ],
  aliases: ALIASES,
  versions: [
    {
      shows: ({ spelled }) => spelled !== undefined,
      says: "Flags without dots are OpenRLHF's before 0.11, and are read as 0.11 takes them. Early releases, and copies of them, averaged the loss over each row first (grpo).",
      opens: false,
    },
  ],
  elsewhere: [
    [
      /^(ref|reward|critic|vllm|ckpt|logger|ds|data|eval|train|rollout|actor|use_ms|algo\.advantage\.(gamma|lambd)|algo\.kl\.horizon)(\.|$)/,
      "The models, the data and how the work is cut.",
    ],
    [
      /^(pretrain|reward_num|ckpt_path|max_ckpt|use_dynamic_batch|overlap_comm|use_tensorboard|reward_pretrain|remote_rm|prompt_|input_|label_|apply_chat|save_|load_|micro_|max_samples|zero_|bf16|gradient_checkpointing|packing|vllm_|ref_|actor_num|colocate|adam_offload|use_wandb|wandb|flash_attn|enforce|deepspeed|logging|eval_|async|enable_|ring_|n_|normalize|agent_|freezing|value_|critic_|gamma|lambd|l2|lora_|grad_accum|disable_|prompt_max_len|generate_max_len)/,
      "The models, the data and how the work is cut.",
    ],
  ],
  findings,
  spelled: (key) => `--${key}`,
};
