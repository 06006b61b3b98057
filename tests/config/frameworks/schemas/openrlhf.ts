// The arguments of openrlhf/cli/train_ppo_ray.py at 3c3be623 (2026-08-13).
import { keysOf } from "./keys.ts";

export const openrlhf = keysOf([
  [
    "actor.adam.",
    `
    betas eps lr weight_decay`,
  ],
  [
    "actor.",
    `
    aux_loss_coef dual_clip entropy_coef eps_clip eps_clip_low_high freeze_visual_encoder
    gradient_checkpointing_enable gradient_checkpointing_reentrant lr_scheduler lr_warmup_ratio
    max_norm min_lr_ratio model_name_or_path num_gpus_per_node num_nodes optim policy_loss_type`,
  ],
  [
    "actor.muon.",
    `
    lr momentum nesterov no_nesterov ns_steps`,
  ],
  [
    "algo.advantage.",
    `
    estimator gamma is_correction_enable is_correction_threshold is_correction_type lambd
    no_std_norm`,
  ],
  [
    "algo.",
    `
    dynamic_filtering_enable dynamic_filtering_range`,
  ],
  [
    "algo.kl.",
    `
    estimator horizon init_coef target use_loss`,
  ],
  [
    "ckpt.",
    `
    best_metric_key disable_ds load_enable max_mem max_num output_dir path save_hf save_steps`,
  ],
  [
    "critic.adam.",
    `
    betas eps lr weight_decay`,
  ],
  [
    "critic.",
    `
    freezing_steps lr_scheduler lr_warmup_ratio max_norm min_lr_ratio model_name_or_path
    num_gpus_per_node num_nodes optim save_value_network value_clip`,
  ],
  [
    "critic.muon.",
    `
    lr momentum nesterov no_nesterov ns_steps`,
  ],
  [
    "data.",
    `
    apply_chat_template dataloader_num_workers disable_fast_tokenizer image_key input_key
    input_template label_key max_images_per_prompt max_len max_samples prompt_dataset
    prompt_probs prompt_split`,
  ],
  [
    "ds.",
    `
    adam_offload attn_implementation deepcompile enable_sleep experts_implementation
    grad_accum_dtype load_in_4bit overlap_comm packing_samples param_dtype ring_attn_head_stride
    ring_attn_size tensor_parallel_size use_liger_kernel use_universal_ckpt value_head_prefix
    zero_stage zpg`,
  ],
  [
    "ds.lora.",
    `
    alpha dropout rank target_modules`,
  ],
  [
    "eval.",
    `
    dataset n_samples_per_prompt split steps temperature`,
  ],
  [
    "",
    `
    local_rank use_ms`,
  ],
  [
    "logger.",
    `
    logging_steps tensorboard_dir`,
  ],
  [
    "logger.wandb.",
    `
    group key org project run_name`,
  ],
  [
    "ref.",
    `
    num_gpus_per_node num_nodes offload`,
  ],
  [
    "reward.",
    `
    clip_range model_name_or_path normalize_enable num_gpus_per_node num_nodes offload
    overlong_buffer_len overlong_penalty_factor remote_url stop_properly_penalty_coef`,
  ],
  [
    "rollout.",
    `
    batch_size max_new_tokens max_tokens_per_gpu micro_batch_size n_samples_per_prompt
    temperature top_p vllm_generate_batch_size`,
  ],
  [
    "train.",
    `
    agent_func_path async_enable async_queue_size batch_size colocate_actor_ref colocate_all
    colocate_critic_reward dynamic_batch_enable ema_beta enable_ema full_determinism_enable
    max_epochs max_tokens_per_gpu micro_batch_size num_episodes partial_rollout_enable seed`,
  ],
  [
    "vllm.",
    `
    enable_prefix_caching enable_sleep enforce_eager gpu_memory_utilization num_engines
    sync_backend sync_with_ray tensor_parallel_size`,
  ],
]);
