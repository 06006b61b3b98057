import type { Entry, FieldValue } from "../field.ts";
import { bool, entriesOf, float, floatOrNone, int, intOrNone, map, text } from "./export-entry.ts";

const trl = entriesOf("TRL grpo_config.py");

/** Fields of GRPOConfig that a browser cannot act on; their values are kept for the export. */
export const exportOnly: Readonly<Record<string, Entry<FieldValue>>> = {
  // Model and data
  model_init_kwargs: trl(map, null, "Arguments of from_pretrained."),
  trust_remote_code: trl(bool, false, "Run code that comes with a model from the hub."),
  disable_dropout: trl(bool, false, "Turn dropout off; the policies here have none."),
  cast_lm_head_to_fp32: trl(bool, false, "Compute the output layer in 32 bits."),
  remove_unused_columns: trl(bool, false, "Drop dataset columns that the model does not take."),
  pad_to_multiple_of: trl(intOrNone(1, 4096), null, "Pad sequences to a multiple of this."),
  // Generation
  ds3_gather_for_generation: trl(bool, true, "Gather DeepSpeed ZeRO-3 weights to generate."),
  generation_kwargs: trl(map, null, "Further arguments of the generation."),
  chat_template_kwargs: trl(map, null, "Arguments of the chat template."),
  repetition_penalty: trl(float(0.01, 10), 1, "Makes tokens that were seen less likely; 1 is off."),
  cache_implementation: trl(text, null, "Which key-value cache transformers uses."),
  max_tool_calling_iterations: trl(intOrNone(0, 10_000), null, "Rounds of tool calls of an agent."),
  // vLLM
  use_vllm: trl(bool, false, "Generate with vLLM."),
  vllm_mode: trl(
    { kind: "enum", values: ["colocate", "server"] },
    "colocate",
    "vLLM in the training process or as a server.",
  ),
  vllm_model_impl: trl(
    { kind: "enum", values: ["auto", "vllm", "transformers"] },
    "vllm",
    "Whose model code vLLM runs.",
  ),
  vllm_enable_sleep_mode: trl(bool, false, "Free vLLM's memory during the optimizer step."),
  vllm_structured_outputs_regex: trl(text, null, "Regular expression that completions must match."),
  vllm_server_base_url: trl(text, null, "Address of the vLLM server."),
  vllm_server_host: trl(text, "0.0.0.0", "Host of the vLLM server."),
  vllm_server_port: trl(int(1, 65_535), 8000, "Port of the vLLM server."),
  vllm_server_timeout: trl(float(0, 1e6), 240, "Seconds to wait for the vLLM server."),
  vllm_group_port: trl(int(1, 65_535), 51_216, "Port over which weights are sent."),
  vllm_gpu_memory_utilization: trl(float(0, 1), 0.3, "Share of the memory that vLLM takes."),
  vllm_max_model_length: trl(intOrNone(1, 10_000_000), null, "Context length of vLLM."),
  vllm_tensor_parallel_size: trl(int(1, 1024), 1, "Devices over which vLLM splits the model."),
  vllm_importance_sampling_correction: trl(
    bool,
    true,
    "Weigh samples by trainer over vLLM probability; one engine has no mismatch.",
    { unslothDefault: false },
  ),
  vllm_importance_sampling_mode: trl(
    {
      kind: "enum",
      values: ["token_truncate", "token_mask", "sequence_truncate", "sequence_mask"],
    },
    "sequence_mask",
    "What that correction does beyond its limits, per token or per sequence.",
  ),
  vllm_importance_sampling_clip_max: trl(floatOrNone(0, 1e6), 3, "Upper limit of that weight."),
  vllm_importance_sampling_clip_min: trl(floatOrNone(0, 1e6), null, "Lower limit of that weight."),
  vllm_importance_sampling_cap: trl(floatOrNone(0, 1e6), null, "Old name of …_clip_max."),
  // Continuous batching
  use_transformers_continuous_batching: trl(bool, false, "Generate with continuous batching."),
  transformers_continuous_batching_config: trl(map, null, "Arguments of continuous batching."),
  use_transformers_paged: trl(bool, false, "Old name of use_transformers_continuous_batching."),
  // Logging
  log_multimodal: trl(bool, true, "Log images with the completions."),
  num_completions_to_print: trl(intOrNone(0, 100_000), null, "Rows of the completions table."),
  log_unique_prompts: trl(bool, false, "Show each prompt once in the completions table."),
  log_completions_hub_repo: trl(text, null, "Hub data set that takes the completions."),
};
