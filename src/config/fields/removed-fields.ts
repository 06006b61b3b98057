import type { Entry, FieldValue } from "../field.ts";
import { bool, entriesOf, int, intOrNone, map, text } from "./export-entry.ts";

const since =
  (why: string, inUnsloth = false) =>
  (...args: Parameters<ReturnType<typeof entriesOf>>): Entry<FieldValue> => ({
    ...entriesOf(why)(...args),
    removed: { why, inUnsloth },
  });

const trl028 = since("not in TRL since 0.28", true);
const trl = since("not in TRL 1.13");
const hf5 = since("not in transformers since 5");
const unsloth = since("Unsloth's own", true);

/**
 * Fields that scripts still have and TRL 1.13's GRPOConfig has not: an export to TRL writes them as
 * comments.
 */
export const removedFields: Readonly<Record<string, Entry<FieldValue>>> = {
  max_prompt_length: trl028(
    intOrNone(1, 1_000_000),
    null,
    "Longest prompt; prompts here are never cut.",
  ),
  use_liger_loss: trl(bool, false, "Old name of use_liger_kernel."),
  wandb_log_unique_prompts: trl(bool, false, "Old name of log_unique_prompts."),
  vllm_guided_decoding_regex: trl(text, null, "Old name of vllm_structured_outputs_regex."),
  vllm_device: trl(text, "auto", "Device that vLLM ran on."),
  vllm_dtype: trl(text, "auto", "Numbers that vLLM computed in."),
  vllm_max_model_len: trl(intOrNone(1, 10_000_000), null, "Old name of vllm_max_model_length."),
  vllm_enable_prefix_caching: trl(bool, true, "Let vLLM share the cache of equal prompts."),
  overwrite_output_dir: hf5(bool, false, "Write into a folder that is not empty."),
  logging_dir: hf5(text, null, "Folder of TensorBoard's log."),
  save_safetensors: hf5(bool, true, "Save safetensors."),
  group_by_length: hf5(bool, false, "Batches of similar length."),
  no_cuda: hf5(bool, false, "Old name of use_cpu."),
  use_mps_device: hf5(bool, false, "Train on Apple's GPU."),
  jit_mode_eval: hf5(bool, false, "Evaluate with TorchScript."),
  half_precision_backend: hf5(text, "auto", "Backend of 16-bit training."),
  fp16_opt_level: hf5(text, "O1", "Level of Apex."),
  fp16_backend: hf5(text, "auto", "Old name of half_precision_backend."),
  include_tokens_per_second: hf5(bool, false, "Measure tokens per second."),
  adafactor: hf5(bool, false, "Old way to write optim adafactor."),
  past_index: hf5(int(-1, 1000), -1, "Which output holds a model's memory."),
  ray_scope: hf5(text, "last", "Scope of a hyperparameter search."),
  push_to_hub_model_id: hf5(text, null, "Old name of hub_model_id."),
  push_to_hub_organization: hf5(text, null, "Whose model is uploaded."),
  max_seq_length: unsloth(
    intOrNone(1, 10_000_000),
    null,
    "Longest prompt and completion together.",
  ),
  unsloth_num_chunks: unsloth(
    int(-1, 1_000_000),
    -1,
    "Parts that the loss is computed in; -1: one.",
  ),
  unsloth_logit_chunk_multiplier: unsloth(intOrNone(1, 1_000_000), null, "Parts of the logits."),
  unsloth_grpo_mini_batch: unsloth(intOrNone(1, 1_000_000), null, "Rows at a time in the loss."),
  vllm_sampling_params: unsloth(map, null, "vLLM's SamplingParams, where they are a dictionary."),
};
