import { distance } from "../nearest.ts";
import { fields, findField, isSettingOfTRL } from "../schema.ts";
import type { Field } from "../field.ts";

/** What is known of a name that no GRPOConfig has. */
export interface UnknownName {
  /** The end of "attn_implementation …": one clause. */
  says: string;
  /** Fields that were probably meant, the likeliest first. */
  meant: readonly Field[];
}

const words = (text: string): string[] => text.trim().split(/\s+/);

/** Names that belong elsewhere in a script of TRL, and where. */
const ELSEWHERE: readonly { says: string; names: readonly string[] }[] = [
  {
    says: "belongs to the model (ModelConfig, from_pretrained or its LoRA), not to GRPOConfig",
    names: words(`attn_implementation torch_dtype dtype model model_name model_name_or_path model_id
      model_revision base_model tokenizer_name tokenizer_name_or_path load_in_4bit load_in_8bit
      load_in_16bit full_finetuning use_peft peft_config lora_r lora_rank lora_alpha lora_dropout
      lora_target_modules lora_target_parameters lora_modules_to_save lora_task_type use_rslora
      use_dora target_modules r rank bias use_bnb_nested_quant bnb_4bit_quant_type
      bnb_4bit_quant_storage bnb_4bit_compute_dtype quantization_config device_map low_cpu_mem_usage
      fast_inference max_lora_rank gpu_memory_utilization unsloth_tiled_mlp rope_scaling
      use_gradient_checkpointing random_state loftq_config adapter_name_or_path chat_template
      padding_side pad_token`),
  },
  {
    says: "belongs to the script (its own arguments), not to GRPOConfig",
    names: words(`dataset dataset_name dataset_id dataset_path dataset_config dataset_config_name
      dataset_train_split dataset_test_split dataset_split dataset_streaming dataset_mixture
      dataset_prompt_column dataset_num_proc datasets reward_funcs reward_functions reward_model
      reward_model_path reward_model_name_or_path reward_model_name system_prompt prompt_template
      cosine_min_value_wrong cosine_max_value_wrong cosine_min_value_correct
      cosine_max_value_correct cosine_max_len repetition_n_grams repetition_max_penalty
      code_language code_provider parallel_code_exec_per_proc config benchmarks callbacks
      wandb_entity wandb_project wandb_run_group overwrite_hub_revision push_to_hub_revision
      ignore_bias_buffers wandb_log_model hf_token`),
  },
  {
    says: "is an argument of GRPOTrainer, not a field of GRPOConfig",
    names: words(`args processing_class tokenizer train_dataset eval_dataset
      reward_processing_classes tools rollout_func environment_factory optimizers data_collator`),
  },
  {
    says: "belongs to the launcher (accelerate or torchrun), not to GRPOConfig",
    names: words(`num_processes nproc_per_node nnodes num_machines machine_rank main_process_port
      main_process_ip mixed_precision compute_environment distributed_type accelerate_config
      deepspeed_config gpu_ids rdzv_backend downcast_bf16 same_network main_training_function`),
  },
  {
    says: "is a field of TRL's SFTConfig, DPOConfig or another trainer's, not of GRPOConfig",
    names: words(`packing dataset_text_field completion_only_loss assistant_only_loss max_length
      eos_token dataset_kwargs loss_weights precompute_ref_log_probs label_pad_token_id
      reference_free model_adapter_name ref_adapter_name undesirable_weight desirable_weight
      whiten_rewards gamma lam vf_coef num_ppo_epochs num_mini_batches local_rollout_forward_batch_size
      missing_eos_penalty stop_token stop_token_id max_staleness token_budget max_inflight_tasks
      weight_sync_steps queue_maxsize rloo_k normalize_advantages normalize_rewards reward_clip_range`),
  },
];

/** What others call a field of TRL: the field, by the name that other trainers and papers have. */
const CALLED: Readonly<Record<string, string>> = {
  evaluation_strategy: "eval_strategy",
  lr: "learning_rate",
  kl_coef: "beta",
  kl_coeff: "beta",
  kl_beta: "beta",
  kl_weight: "beta",
  kl_loss_coef: "beta",
  kl_penalty_coef: "beta",
  init_kl_coef: "beta",
  init_kl_coeff: "beta",
  eps: "epsilon",
  epsilon_low: "epsilon",
  eps_clip: "epsilon",
  clip_eps: "epsilon",
  clip_epsilon: "epsilon",
  clip_range: "epsilon",
  cliprange: "epsilon",
  clip_ratio: "epsilon",
  clip_ratio_low: "epsilon",
  clip_ratio_high: "epsilon_high",
  eps_clip_high: "epsilon_high",
  clip_range_high: "epsilon_high",
  clip_ratio_c: "delta",
  entropy_coeff: "entropy_coef",
  ent_coef: "entropy_coef",
  n_samples_per_prompt: "num_generations",
  num_samples_per_prompt: "num_generations",
  num_return_sequences: "num_generations",
  group_size: "num_generations",
  num_rollouts: "num_generations",
  ppo_epochs: "num_iterations",
  num_inner_epochs: "num_iterations",
  max_new_tokens: "max_completion_length",
  max_response_length: "max_completion_length",
  response_length: "max_completion_length",
  max_tokens: "max_completion_length",
  micro_batch_size: "per_device_train_batch_size",
  per_device_batch_size: "per_device_train_batch_size",
  gradient_accumulation: "gradient_accumulation_steps",
  grad_accum_steps: "gradient_accumulation_steps",
  accumulation_steps: "gradient_accumulation_steps",
  epochs: "num_train_epochs",
  num_epochs: "num_train_epochs",
  total_epochs: "num_train_epochs",
  optimizer: "optim",
  lr_scheduler: "lr_scheduler_type",
  scheduler: "lr_scheduler_type",
  grad_clip: "max_grad_norm",
  clip_grad: "max_grad_norm",
  clip_grad_norm: "max_grad_norm",
  gradient_clipping: "max_grad_norm",
  wd: "weight_decay",
  beta1: "adam_beta1",
  beta2: "adam_beta2",
  gradient_checkpoint: "gradient_checkpointing",
  tau_pos: "sapo_temperature_pos",
  tau_neg: "sapo_temperature_neg",
  overlong_filter: "mask_truncated_completions",
};

const settings = fields.filter(isSettingOfTRL);

/** Where a name belongs that is no field of GRPOConfig, and which field it could stand for. */
export function unknownName(name: string): UnknownName {
  const elsewhere = ELSEWHERE.find(({ names }) => names.includes(name));
  if (elsewhere) return { says: elsewhere.says, meant: [] };
  const called = Object.hasOwn(CALLED, name) ? findField(CALLED[name] ?? "") : undefined;
  if (called)
    return { says: `is no field of GRPOConfig: TRL calls it ${called.name}`, meant: [called] };
  return { says: "is not a field of GRPOConfig that is known here", meant: typos(name) };
}

/** Whether a name is known to belong to a model, a script, the trainer or the launcher. */
export const isElsewhere = (name: string): boolean =>
  ELSEWHERE.some(({ names }) => names.includes(name));

/** Edits that a slip of the fingers makes in a word of this length. */
const slips = ({ length }: string): number => (length < 6 ? 0 : length < 9 ? 1 : 2);

/**
 * The fields of which the name is a misspelling: all but a slip or two of the whole name, or of its
 * beginning. A digit more or less is another name.
 */
function typos(name: string): Field[] {
  if (name.length > 64 || slips(name) === 0) return [];
  const given = name.toLowerCase();
  const edits = (other: string) =>
    given.replaceAll(/\D/g, "") === other.replaceAll(/\D/g, "") ? distance(given, other) : Infinity;
  const ranked = settings
    .map((field) => ({ field, edits: edits(field.name) }))
    .filter((each) => each.edits <= slips(name))
    .toSorted((a, b) => a.edits - b.edits);
  if (ranked.length > 0) return ranked.map(({ field }) => field);
  if (name.length < 8) return [];
  return settings.filter(
    (field) => field.name.length > given.length && edits(field.name.slice(0, given.length)) <= 1,
  );
}
