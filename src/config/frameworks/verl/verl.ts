import type { Framework } from "../types.ts";
import { advantage, entropy, kl } from "./advantage.ts";
import { beyond } from "./correction.ts";
import { ELSEWHERE } from "./elsewhere.ts";
import { findings } from "./findings.ts";
import { optim, KEY, policyLoss } from "./names.ts";
import { clip, sapo } from "./clip.ts";
import { objective } from "./objective.ts";
import { optimizer } from "./optimizer.ts";
import { steps } from "./steps.ts";

/** verl's PPO trainer: Hydra overrides on a command line, or its YAML tree. */
export const verl: Framework = {
  id: "verl",
  name: "verl",
  rules: [...steps, objective, clip, sapo, advantage, kl, entropy, ...optimizer, ...beyond],
  aliases: {
    [optim("warmup_style")]: optim("lr_scheduler_type"),
    [optim("grad_clip")]: optim("clip_grad"),
    "actor_rollout_ref.actor.entropy_coef": KEY.entropy,
    // Where the authors of clip_cov and kl_cov had them before verl did.
    "actor_rollout_ref.actor.loss_mode": KEY.mode,
    "actor_rollout_ref.actor.ppo_kl_coef": policyLoss("ppo_kl_coef"),
    "reward.reward_kwargs.overlong_buffer_cfg.enable": "reward_model.overlong_buffer.enable",
    "reward.reward_kwargs.overlong_buffer_cfg.len": "reward_model.overlong_buffer.len",
    "reward.reward_kwargs.overlong_buffer_cfg.penalty_factor":
      "reward_model.overlong_buffer.penalty_factor",
    "reward_model.reward_kwargs.overlong_buffer_cfg.enable": "reward_model.overlong_buffer.enable",
    "reward_model.reward_kwargs.overlong_buffer_cfg.len": "reward_model.overlong_buffer.len",
    "reward_model.reward_kwargs.overlong_buffer_cfg.penalty_factor":
      "reward_model.overlong_buffer.penalty_factor",
  },
  elsewhere: ELSEWHERE,
  findings,
};
