import type { Framework } from "../types.ts";

/** What training does not depend on. */
export const ELSEWHERE: Framework["elsewhere"] = [
  [
    /^(rlhf_type|NNODES|NODE_RANK|MASTER_\w+|CUDA_\w+|PYTORCH_\w+|[A-Z][A-Z0-9_]+)$/,
    "How it is launched.",
  ],
  [
    /^(vllm_|sglang_|sleep_level|offload_|move_model|structured_outputs|stop_words|wandb_)/,
    "How samples are made.",
  ],
  [
    /^(model|dataset|reward_|external_plugins|tuner|lora_|target_modules|freeze_|system|max_length|truncation|split_dataset|val_dataset|columns|custom_|template|torch_dtype|attn_impl|quant_|bnb_|load_|cosine_|repetition_|use_hf|adapters|ref_|streaming|num_labels|packing)/,
    "The model, the data and the rewards.",
  ],
  [
    /^(save_|output_|logging_|log_|report_to|eval_|per_device_eval|num_generations_eval|dataloader|deepspeed|fsdp|gradient_checkpointing|ddp_|bf16|fp16|padding_free|attention_backend|sequence_parallel|[a-z_]*parallel_size|recompute_|finetune|no_save|moe_|optimizer_cpu|use_|add_|resume|swanlab|run_name|project|config|train\b|rollout\b|colocate_groups|group_by|ignore_|create_checkpoint|overlap|cross_entropy|gradient_accumulation_fusion|min_lr)/,
    "How the work is cut, and what is written down.",
  ],
];
