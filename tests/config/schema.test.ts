import { describe, expect, test } from "vitest";
import { fieldGroups, type Field, type FieldValue } from "../../src/config/field.ts";
import { formatValue, parseField } from "../../src/config/parse-field.ts";
import {
  configSchema,
  defaultPolicy,
  field,
  fields,
  findField,
  trlDefaults,
  unslothDefaults,
  valueSchema,
} from "../../src/config/schema.ts";
import { valueOf } from "./arbitrary-run.ts";
import { fc } from "../support/fuzz.ts";

const namesWhere = (wrong: (it: Field) => boolean) => fields.filter(wrong).map(({ name }) => name);

test("every name is there once, in a group, with one line of help and its source", () => {
  expect(new Set(fields.map(({ name }) => name)).size).toBe(fields.length);
  expect(namesWhere(({ group }) => !fieldGroups.includes(group))).toEqual([]);
  expect(namesWhere(({ help }) => !/^[^\n]{5,200}\.$/.test(help))).toEqual([]);
  expect(namesWhere(({ source }) => source.length < 3)).toEqual([]);
});

test("every default, TRL's and Unsloth's, is within the field's own bounds", () => {
  const takes = (it: Field, value: FieldValue) => valueSchema(it.type).safeParse(value).success;
  expect(namesWhere((it) => !takes(it, it.trlDefault))).toEqual([]);
  expect(namesWhere((it) => !takes(it, it.unslothDefault ?? it.trlDefault))).toEqual([]);
  expect(namesWhere((it) => it.unslothDefault === it.trlDefault)).toEqual([]);
});

test("a field has the effect export-only exactly if it is in that group", () => {
  expect(namesWhere((it) => (it.effect === "export-only") !== (it.scope === "export"))).toEqual([]);
  expect(namesWhere((it) => (it.group === "Export-only") !== (it.scope === "export"))).toEqual([]);
});

// The fields of TRL 1.13's GRPOConfig itself, without those of transformers' TrainingArguments.
const TRL_FIELDS = `learning_rate model_init_kwargs trust_remote_code router_aux_loss_coef
  disable_dropout cast_lm_head_to_fp32 remove_unused_columns num_generations num_generations_eval
  max_completion_length ds3_gather_for_generation shuffle_dataset pad_to_multiple_of
  generation_batch_size steps_per_generation temperature top_p top_k min_p generation_kwargs
  chat_template_kwargs repetition_penalty cache_implementation use_vllm vllm_mode vllm_model_impl
  vllm_enable_sleep_mode vllm_structured_outputs_regex vllm_server_base_url vllm_server_host
  vllm_server_port vllm_server_timeout vllm_group_port vllm_gpu_memory_utilization
  vllm_max_model_length vllm_tensor_parallel_size use_transformers_continuous_batching
  transformers_continuous_batching_config beta num_iterations epsilon epsilon_high delta
  sapo_temperature_neg sapo_temperature_pos vespo_k_pos vespo_lambda_pos vespo_k_neg
  vespo_lambda_neg importance_sampling_level reward_weights multi_objective_aggregation
  scale_rewards loss_type mask_truncated_completions sync_ref_model ref_model_mixup_alpha
  ref_model_sync_steps top_entropy_quantile entropy_coef use_adaptive_entropy entropy_coef_min
  entropy_coef_max entropy_coef_delta entropy_target max_tool_calling_iterations
  vllm_importance_sampling_correction vllm_importance_sampling_mode
  vllm_importance_sampling_clip_max vllm_importance_sampling_clip_min off_policy_mask_threshold
  use_bias_correction_kl log_completions log_multimodal num_completions_to_print
  log_unique_prompts log_completions_hub_repo use_transformers_paged vllm_importance_sampling_cap`;

// What it takes over from TrainingArguments of transformers 5.18, but for the hub's token.
const TRAINING_ARGUMENTS = `output_dir per_device_train_batch_size num_train_epochs max_steps lr_scheduler_type
  lr_scheduler_kwargs warmup_steps optim optim_args weight_decay adam_beta1 adam_beta2
  adam_epsilon optim_target_modules gradient_accumulation_steps average_tokens_across_devices
  max_grad_norm label_smoothing_factor bf16 fp16 bf16_full_eval fp16_full_eval tf32
  gradient_checkpointing gradient_checkpointing_kwargs torch_compile torch_compile_backend
  torch_compile_mode use_liger_kernel liger_kernel_config use_cache neftune_noise_alpha
  torch_empty_cache_steps auto_find_batch_size logging_strategy logging_steps logging_first_step
  log_on_each_node logging_nan_inf_filter include_num_input_tokens_seen log_level
  log_level_replica disable_tqdm report_to run_name project trackio_space_id trackio_bucket_id
  trackio_static_space_id eval_strategy eval_steps eval_delay per_device_eval_batch_size
  prediction_loss_only eval_on_start eval_do_concat_batches eval_use_gather_object
  eval_accumulation_steps include_for_metrics batch_eval_metrics save_only_model save_strategy
  save_steps save_on_each_node save_total_limit enable_jit_checkpoint push_to_hub hub_token
  hub_private_repo hub_model_id hub_strategy hub_always_push hub_revision load_best_model_at_end
  metric_for_best_model greater_is_better ignore_data_skip restore_callback_states_from_checkpoint
  full_determinism seed data_seed use_cpu accelerator_config parallelism_config
  dataloader_drop_last dataloader_num_workers dataloader_pin_memory dataloader_persistent_workers
  dataloader_prefetch_factor dataloader_multiprocessing_context dataloader_in_order label_names
  train_sampling_strategy length_column_name ddp_find_unused_parameters ddp_bucket_cap_mb
  ddp_broadcast_buffers ddp_static_graph ddp_backend ddp_timeout fsdp fsdp_config deepspeed debug
  skip_memory_metrics do_train do_eval do_predict resume_from_checkpoint local_rank`;

test("every field of TRL's GRPOConfig is there, none of them said to be gone", () => {
  const names = `${TRL_FIELDS} ${TRAINING_ARGUMENTS}`.split(/\s+/);
  expect(names.length).toBeGreaterThan(180);
  expect(names.filter((name) => !findField(name))).toEqual(["hub_token"]);
  expect(names.filter((name) => findField(name)?.removed)).toEqual([]);
});

test("a field that is in neither is said to be gone, and why", () => {
  const known = new Set(`${TRL_FIELDS} ${TRAINING_ARGUMENTS}`.split(/\s+/));
  const strange = fields.filter(
    ({ name, scope, removed }) =>
      (scope === "grpo" || scope === "export") && !known.has(name) && removed === undefined,
  );
  // transformers 4's name, which is applied, and what the launcher is given.
  expect(strange.map(({ name }) => name)).toEqual(["warmup_ratio", "num_processes"]);
  expect(namesWhere(({ launched }) => launched === true)).toEqual(["num_processes"]);
});

test("TRL's defaults", () => {
  expect(trlDefaults).toMatchObject({
    learning_rate: 1e-6,
    num_generations: 8,
    max_completion_length: 512,
    temperature: 1,
    beta: 0,
    epsilon: 0.2,
    epsilon_high: null,
    loss_type: "dapo",
    scale_rewards: "group",
    importance_sampling_level: "token",
    num_iterations: 1,
    steps_per_generation: null,
    use_bias_correction_kl: true,
    adam_beta2: 0.999,
    max_grad_norm: 1,
  });
});

test("what Unsloth puts in their place", () => {
  expect(unslothDefaults).toEqual({
    per_device_train_batch_size: 4,
    per_device_eval_batch_size: 4,
    gradient_accumulation_steps: 2,
    seed: 3407,
    beta: 0.001,
    loss_type: "bnpo",
    router_aux_loss_coef: 0,
    learning_rate: 5e-5,
    weight_decay: 0.001,
    optim: "adamw_8bit",
    warmup_steps: 0.1,
    logging_steps: 1,
  });
});

test("configSchema takes the defaults and nothing that is missing, foreign or out of bounds", () => {
  expect(configSchema.parse(trlDefaults)).toEqual(trlDefaults);
  expect(configSchema.safeParse({ ...trlDefaults, epsilon: -0.1 }).success).toBe(false);
  expect(configSchema.safeParse({ ...trlDefaults, epsilon: NaN }).success).toBe(false);
  expect(configSchema.safeParse({ ...trlDefaults, num_generations: 2.5 }).success).toBe(false);
  expect(configSchema.safeParse({ ...trlDefaults, epsilon: undefined }).success).toBe(false);
  expect(configSchema.safeParse({ ...trlDefaults, epslion: 0.1 }).success).toBe(false);
});

test("the default policy is whole", () => {
  expect(defaultPolicy).toEqual({
    layers: 2,
    width: 32,
    heads: 4,
    kvHeads: 2,
    hidden: 64,
    tied: false,
    rmsNormEps: 1e-5,
    ropeTheta: 10_000,
  });
});

test("field throws for a name that is none", () => {
  expect(() => field("epslion")).toThrow("epslion");
});

describe("parseField", () => {
  test.each<[string, string, FieldValue]>([
    ["epsilon", "3e-4", 3e-4],
    ["epsilon", " .2 ", 0.2],
    ["epsilon_high", "None", null],
    ["epsilon_high", "", null],
    ["num_generations", "16", 16],
    ["mask_truncated_completions", "True", true],
    ["mask_truncated_completions", "off", false],
    ["scale_rewards", "False", "none"],
    ["scale_rewards", "batch", "batch"],
    ["reward_weights", "[1, 0.5]", [1, 0.5]],
    ["reward_weights", "1,0.5", [1, 0.5]],
    ["lr_scheduler_kwargs", '{"num_cycles": 2}', { num_cycles: 2 }],
    ["warmup_steps", "0.1", 0.1],
    ["warmup_steps", "20", 20],
    ["warmStart", "none", null],
    ["warmStart", "sort", "sort"],
    ["output_dir", "runs/a b", "runs/a b"],
  ])("%s = %j", (name, text, value) => {
    expect(parseField(name, text)).toEqual({ value });
  });

  test.each([
    ["epsilon", "-1", 'epsilon takes a number from 0 to 10; "-1" is not, so 0.2 stays.'],
    ["epsilon", "", 'epsilon takes a number from 0 to 10; "" is not, so 0.2 stays.'],
    ["temperature", "0", 'temperature takes a number above 0, up to 10; "0" is not, so 1 stays.'],
    [
      "num_generations",
      "8.5",
      'num_generations takes a whole number from 2 to 256; "8.5" is not, so 8 stays.',
    ],
    [
      "num_generations",
      "Infinity",
      'num_generations takes a whole number from 2 to 256; "Infinity" is not, so 8 stays.',
    ],
    ["tied", "maybe", 'tied takes true or false; "maybe" is not, so false stays.'],
    [
      "task",
      "sorted",
      'task takes one of sort, reverse, add, copy, count, brackets, parity, count-dots, read-number, find-mark, left-of, compare-bars; "sorted" is not, so sort stays.',
    ],
    [
      "warmup_steps",
      "2.5",
      'warmup_steps takes a number from 0 to 1000000, whole from 1 on; "2.5" is not, so 0 stays.',
    ],
    [
      "reward_weights",
      "1;2",
      'reward_weights takes numbers from -100 to 100, separated by commas, or none; "1;2" is not, so none stays.',
    ],
    [
      "warmStart",
      "../secrets",
      'warmStart takes the name of a shipped checkpoint (small letters, digits and hyphens), or none; "../secrets" is not, so none stays.',
    ],
    [
      "lr_scheduler_kwargs",
      '{"a": [1]}',
      'lr_scheduler_kwargs takes names with values, e.g. {"num_cycles": 2}, or none; "{"a": [1]}" is not, so none stays.',
    ],
  ])("%s = %j is refused in a sentence", (name, text, error) => {
    expect(parseField(name, text)).toEqual({ error });
  });

  test("the error names the value in force", () => {
    expect(parseField("epsilon", "x", 0.03)).toMatchObject({ error: /so 0\.03 stays/ });
  });

  test.each(fields)("$name reads back what it writes", ({ name, type }: Field) => {
    fc.assert(
      fc.property(valueOf(type), (value) => {
        expect(parseField(name, formatValue(value))).toEqual({ value });
      }),
    );
  });

  test("no text is taken that is out of the field's bounds", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...fields),
        fc.oneof(fc.string(), fc.double().map(String)),
        (it, text) => {
          const parsed = parseField(it.name, text);
          const accepted = "value" in parsed;
          expect(accepted && !valueSchema(it.type).safeParse(parsed.value).success).toBe(false);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
