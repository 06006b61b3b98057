import type { Framework } from "../types.ts";
import { advantage, entropy, kl } from "./advantage.ts";
import { beyond } from "./correction.ts";
import { findings } from "./findings.ts";
import { optim, KEY } from "./names.ts";
import { clip, sapo } from "./clip.ts";
import { objective } from "./objective.ts";
import { optimizer } from "./optimizer.ts";
import { steps } from "./steps.ts";

const MEMORY = "How the work is cut and where it runs.";

/** verl's PPO trainer: Hydra overrides on a command line, or its YAML tree. */
export const verl: Framework = {
  id: "verl",
  name: "verl",
  rules: [...steps, objective, clip, sapo, advantage, kl, entropy, ...optimizer, ...beyond],
  aliases: {
    [optim("warmup_style")]: optim("lr_scheduler_type"),
    [optim("grad_clip")]: optim("clip_grad"),
    "actor_rollout_ref.actor.entropy_coef": KEY.entropy,
    "reward.reward_kwargs.overlong_buffer_cfg.enable": "reward_model.overlong_buffer.enable",
    "reward.reward_kwargs.overlong_buffer_cfg.len": "reward_model.overlong_buffer.len",
    "reward.reward_kwargs.overlong_buffer_cfg.penalty_factor":
      "reward_model.overlong_buffer.penalty_factor",
    "reward_model.reward_kwargs.overlong_buffer_cfg.enable": "reward_model.overlong_buffer.enable",
    "reward_model.reward_kwargs.overlong_buffer_cfg.len": "reward_model.overlong_buffer.len",
    "reward_model.reward_kwargs.overlong_buffer_cfg.penalty_factor":
      "reward_model.overlong_buffer.penalty_factor",
  },
  elsewhere: [
    [/^data\./, "The data: files, columns and what is left out of them."],
    [/^actor_rollout_ref\.model\./, "The model: where it is, and how it is loaded."],
    [/^actor_rollout_ref\.(ref|rollout|critic)\./, "How samples and log-probs are computed."],
    [
      /^actor_rollout_ref\.actor\.optim\.(total_training_steps|lr_decay_steps|lr_warmup_init|optimizer_impl)$/,
      "Filled in by verl itself.",
    ],
    [
      /^actor_rollout_ref\.actor\.(ppo_micro_batch_size|ppo_micro_batch_size_per_gpu|use_dynamic_bsz|ppo_max_token_len_per_gpu)$/,
      "How many rows are in memory at a time: no effect on verl's losses.",
    ],
    [/^actor_rollout_ref\.(actor|hybrid_engine|nccl)/, MEMORY],
    [
      /^(trainer|ray_kwargs|ray_init|global_profiler|transfer_queue|model_engine|hydra|defaults|critic|distillation)\b/,
      MEMORY,
    ],
    [/^(reward_model|reward|custom_reward_function|env|rollout)\b/, "The rewards' own code."],
    [
      /^algorithm\.(gamma|lam|kl_ctrl\.(type|horizon|target_kl))$/,
      "Counts with a critic or with use_kl_in_reward alone.",
    ],
    [/^algorithm\.filter_groups\./, "Of dynamic sampling."],
  ],
  findings,
};
