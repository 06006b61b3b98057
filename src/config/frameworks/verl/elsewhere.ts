import type { Framework } from "../types.ts";

const MEMORY = "How the work is cut and where it runs.";

/** Groups of settings below one prefix, by what begins their names. */
const below = (prefix: string, names: string): RegExp =>
  new RegExp(`^actor_rollout_ref\\.${prefix}\\.(${names.trim().split(/\s+/).join("|")})(\\.|$)`);

/** What training does not depend on; a name that is in none of the lists is said not to be known. */
export const ELSEWHERE: Framework["elsewhere"] = [
  [/^data\./, "The data: files, columns and what is left out of them."],
  [/^actor_rollout_ref\.model\./, "The model: where it is, and how it is loaded."],
  [
    below(
      "rollout",
      `name mode nnodes n_gpus_per_node full_determinism seed prompt_length response_length dtype
      gpu_memory_utilization ignore_eos enforce_eager cudagraph_capture_sizes free_cache_engine
      \\w+_parallel_size max_\\w+ enable_\\w+ logprobs_mode scheduling_policy load_format layered_summon
      log_prob_\\w+ disable_\\w+ do_sample over_sample_rate multi_stage_wake_up engine_kwargs val_kwargs
      multi_turn calculate_log_probs agent checkpoint_engine trace skip_\\w+ moe_\\w+ profiler prometheus
      quantization\\w* mtp qat disaggregation use_fire_sampling swap_space limit_images
      update_weights_bucket_megabytes _target_`,
    ),
    "How samples and log-probs are computed.",
  ],
  [/^actor_rollout_ref\.(ref|critic)\./, "How samples and log-probs are computed."],
  [
    /^actor_rollout_ref\.actor\.optim\.(total_training_steps|lr_decay_steps|lr_warmup_init|optimizer_impl)$/,
    "Filled in by verl itself.",
  ],
  [
    /^actor_rollout_ref\.actor\.(ppo_micro_batch_size|ppo_micro_batch_size_per_gpu|use_dynamic_bsz|ppo_max_token_len_per_gpu)$/,
    "How many rows are in memory at a time: no effect on verl's losses.",
  ],
  [
    below(
      "actor",
      `strategy rollout_n fsdp_config megatron veomni veomni_config torchtitan automodel checkpoint profiler
      ulysses_sequence_parallel_size use_torch_compile use_fused_kernels use_remove_padding
      use_prefix_grouper freeze_vision_tower calculate_\\w+ entropy_\\w+ pad_to_length load_weight qat
      router_replay optim policy_loss \\w+_offload defaults _target_`,
    ),
    MEMORY,
  ],
  [/^actor_rollout_ref\.(hybrid_engine|nccl_timeout|_target_)\b/, MEMORY],
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
];
