// The keys of examples/configs/grpo_math_1B.yaml and the fields of GRPOConfig, AdvEstimatorConfig, ClippedPGLossConfig and PolicyConfig at 7ea279abf (2026-08-22).
import { keysOf } from "./keys.ts";

export const nemoRL = keysOf([
  [
    "data.default.",
    `
    env_name processor prompt_file system_prompt_file`,
  ],
  [
    "data.",
    `
    max_input_seq_length num_workers shuffle use_multiple_dataloader validation`,
  ],
  [
    "data.train.",
    `
    dataset_name seed split_validation_size`,
  ],
  [
    "grpo.",
    `
    adv_estimator advantage_clip_high advantage_clip_low async_grpo batch_multiplier
    calculate_advantages_on_gpu debug_payload_metrics deduplicate_multimodal_data
    dynamic_sampling_max_gen_batches invalid_tool_call_advantage malformed_thinking_advantage
    max_num_epochs max_num_steps max_rollout_turns max_val_samples normalize_rewards
    num_generations_per_prompt num_prompts_per_step overlong_filtering reward_scaling
    reward_shaping seed seq_logprob_error_threshold skip_reference_policy_logprobs_calculation
    stop_at_validation_metric stop_at_validation_threshold use_dynamic_sampling
    use_leave_one_out_baseline val_at_end val_at_start val_batch_size
    val_num_generations_per_prompt val_period val_start_at`,
  ],
  [
    "grpo.adv_estimator.",
    `
    minus_baseline name normalize_rewards reward_weights use_leave_one_out_baseline`,
  ],
  [
    "grpo.async_grpo.",
    `
    enabled in_flight_weight_updates max_generation_failures max_trajectory_age_steps
    recompute_kv_cache_after_weight_updates`,
  ],
  [
    "grpo.reward_scaling.",
    `
    enabled source_max source_min target_max target_min`,
  ],
  [
    "grpo.reward_shaping.",
    `
    enabled max_response_length overlong_buffer_length overlong_buffer_penalty
    stop_properly_penalty_coef`,
  ],
  [
    "loss_fn.",
    `
    disable_ppo_ratio force_on_policy_ratio kl_input_clamp_value kl_output_clamp_value
    positive_example_nll_weight ratio_clip_c ratio_clip_max ratio_clip_min
    reference_policy_kl_penalty reference_policy_kl_type sequence_level_importance_ratios
    token_level_loss truncated_importance_sampling_ratio truncated_importance_sampling_ratio_min
    truncated_importance_sampling_type use_cispo use_importance_sampling_correction
    use_kl_in_reward use_on_policy_kl_approximation`,
  ],
  [
    "",
    `
    on_policy_distillation`,
  ],
  [
    "policy.",
    `
    disable_modelopt_layer_spec draft dtensor_cfg dynamic_batching generation
    generation_batch_size hf_config_overrides is_vlm logprob_batch_size logprob_chunk_size
    make_sequence_length_divisible_by max_grad_norm max_total_sequence_length megatron_cfg
    model_name offload_optimizer_for_logprob optimizer precision pretrained_checkpoint
    quant_batch_size quant_calib_data quant_calib_size quant_cfg quant_sequence_length
    refit_buffer_size_gb reward_model_cfg router_replay scheduler sequence_packing tokenizer
    train_global_batch_size train_micro_batch_size`,
  ],
  [
    "policy.generation.",
    `
    backend max_new_tokens port_range_high port_range_low real_quant_export_cpu_offload
    refit_transport stop_strings stop_token_ids temperature top_k top_p val_temperature
    val_top_k val_top_p vllm_kwargs`,
  ],
  [
    "policy.generation.mcore_generation_config.",
    `
    block_size_tokens buffer_size_gb cuda_graph_impl enable_chunked_prefill
    enable_prefix_caching expose_http_server inference_cuda_graph_scope kv_cache_management_mode
    materialize_only_last_token_logits max_model_len max_tokens num_cuda_graphs
    num_speculative_tokens parsers refit_backend use_cuda_graphs_for_non_decode_steps`,
  ],
  [
    "policy.optimizer.kwargs.",
    `
    betas eps lr weight_decay`,
  ],
  [
    "policy.optimizer.",
    `
    name`,
  ],
  [
    "policy.tokenizer.",
    `
    chat_template_kwargs name use_fastokens`,
  ],
]);
