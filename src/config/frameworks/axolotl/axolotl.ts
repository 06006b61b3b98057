import { cannot, derived, elsewhere, exact, missing } from "../rules.ts";
import { asTRL, seedRule, trlBatch, underTRLNames, warmup } from "../trl-names.ts";
import type { Framework, Given, Rule } from "../types.ts";
import { findings } from "./findings.ts";

const batch = trlBatch({
  rows: "micro_batch_size",
  accumulated: "gradient_accumulation_steps",
  slices: null,
  rollout: "trl.generation_batch_size",
  processes: "num_processes",
  usual: { rows: 1, accumulated: 1 },
});

/** trl.beta, else rl_beta at the top. */
const beta = derived({
  fields: ["beta"],
  keys: { "trl.beta": null, rl_beta: null },
  note: "trl.beta, else rl_beta",
  read(given) {
    const [key, other] =
      given.value("trl.beta") == null ? ["rl_beta", "trl.beta"] : ["trl.beta", "rl_beta"];
    return given.value(key) == null
      ? []
      : [exact(key, { beta: given.number(key) }), elsewhere(other, "The other of the two counts.")];
  },
  write: ({ number }) => ({ settings: { "trl.beta": number("beta") } }),
});

/** Mixing in counts with sync on alone, and has other defaults than TRL's. */
const reference = derived({
  fields: ["sync_ref_model", "ref_model_mixup_alpha", "ref_model_sync_steps"],
  keys: {
    "trl.sync_ref_model": false,
    "trl.ref_model_mixup_alpha": 0.9,
    "trl.ref_model_sync_steps": 64,
  },
  read(given) {
    const on = given.flag("trl.sync_ref_model");
    const says = "Counts with sync_ref_model alone.";
    return [
      exact("trl.sync_ref_model", { sync_ref_model: on }),
      ...[
        ["trl.ref_model_mixup_alpha", "ref_model_mixup_alpha"],
        ["trl.ref_model_sync_steps", "ref_model_sync_steps"],
      ].map(([key = "", field = ""]) =>
        on
          ? exact(
              key,
              { [field]: given.number(key) },
              given.stated(key) ? "" : "Axolotl's own; TRL has 0.6 and 512.",
            )
          : elsewhere(key, says),
      ),
    ];
  },
  write: ({ is, number }) =>
    is("sync_ref_model", true)
      ? {
          settings: {
            "trl.sync_ref_model": true,
            "trl.ref_model_mixup_alpha": number("ref_model_mixup_alpha"),
            "trl.ref_model_sync_steps": number("ref_model_sync_steps"),
          },
        }
      : { settings: {} },
});

/** A truth value in Axolotl's files: TRL takes true for group and false for none. */
const scaling = derived({
  fields: ["scale_rewards"],
  keys: { "trl.scale_rewards": true },
  note: "true is group, false none",
  read: (given) => [
    exact(
      "trl.scale_rewards",
      { scale_rewards: given.flag("trl.scale_rewards") ? "group" : "none" },
      "true is group in TRL, false none.",
    ),
  ],
  write: ({ text }) =>
    text("scale_rewards") === "batch"
      ? {
          settings: {},
          notes: { scale_rewards: cannot("Axolotl takes true (group) or false (none).") },
        }
      : { settings: { "trl.scale_rewards": text("scale_rewards") === "group" } },
});

const MIN = "cosine_min_lr_ratio";

/** cosine, and cosine_with_min_lr under another name. */
const schedule = derived({
  fields: ["lr_scheduler_type", "lr_scheduler_kwargs"],
  keys: { lr_scheduler: "cosine", lr_scheduler_kwargs: null, [MIN]: null },
  read(given) {
    const type = given.word("lr_scheduler");
    const kwargs = asTRL("lr_scheduler_kwargs").read(given.value("lr_scheduler_kwargs") ?? null);
    const share = given.value(MIN);
    if (type === "cosine" && typeof share === "number" && share > 0) {
      return [
        exact("lr_scheduler", {
          lr_scheduler_type: "cosine_with_min_lr",
          lr_scheduler_kwargs: { min_lr_rate: share },
        }),
        exact(MIN, {}, "Read with lr_scheduler."),
      ];
    }
    return [
      exact("lr_scheduler", { lr_scheduler_type: type }),
      exact("lr_scheduler_kwargs", { lr_scheduler_kwargs: kwargs ?? null }),
    ];
  },
  write({ values, text }) {
    const kwargs = values.lr_scheduler_kwargs as Record<string, number> | null;
    const share = kwargs?.min_lr_rate;
    if (text("lr_scheduler_type") === "cosine_with_min_lr" && share !== undefined) {
      return { settings: { lr_scheduler: "cosine", [MIN]: share } };
    }
    return {
      settings: {
        lr_scheduler: text("lr_scheduler_type"),
        ...(kwargs === null || kwargs === undefined ? {} : { lr_scheduler_kwargs: kwargs }),
      },
    };
  },
});

const length: readonly Rule[] = [
  ...underTRLNames("", { num_train_epochs: 1 }, { num_train_epochs: "num_epochs" }),
  derived({
    fields: ["max_steps"],
    keys: { max_steps: null },
    read: (given) =>
      given.value("max_steps") === null
        ? []
        : [exact("max_steps", { max_steps: given.number("max_steps") })],
    write: ({ number }) => ({
      settings: number("max_steps") > 0 ? { max_steps: number("max_steps") } : {},
    }),
  }),
];

const cap = derived({
  fields: ["vllm_importance_sampling_clip_max"],
  keys: { "trl.vllm_importance_sampling_cap": undefined },
  note: "TRL's former name, vllm_importance_sampling_cap",
  read: (given: Given) =>
    given.stated("trl.vllm_importance_sampling_cap")
      ? [
          exact(
            "trl.vllm_importance_sampling_cap",
            { vllm_importance_sampling_clip_max: given.number("trl.vllm_importance_sampling_cap") },
            "Called vllm_importance_sampling_clip_max in TRL now.",
          ),
        ]
      : [],
  write: ({ values, number }) =>
    values.vllm_importance_sampling_clip_max === undefined
      ? { settings: {} }
      : {
          settings: {
            "trl.vllm_importance_sampling_cap": number("vllm_importance_sampling_clip_max"),
          },
        },
});

/** Named in the trl block; where nothing is set TRL's own default holds. */
const TRL_BLOCK = [
  "num_generations",
  "num_iterations",
  "max_completion_length",
  "temperature",
  "top_p",
  "top_k",
  "min_p",
  "importance_sampling_level",
  "loss_type",
  "epsilon",
  "epsilon_high",
  "mask_truncated_completions",
  "multi_objective_aggregation",
  "reward_weights",
  "use_bias_correction_kl",
  "off_policy_mask_threshold",
  "use_vllm",
  "vllm_importance_sampling_correction",
  "vllm_importance_sampling_mode",
  "repetition_penalty",
] as const;

const TOP = {
  learning_rate: undefined,
  adam_beta1: undefined,
  adam_beta2: undefined,
  adam_epsilon: undefined,
  weight_decay: 0,
  max_grad_norm: undefined,
  optim: "adamw_torch_fused",
} as const;

const beyond: readonly Rule[] = [
  missing(
    "trl.async_prefetch",
    false,
    "Samples with a policy some updates old, in the background.",
  ),
  missing(
    "trl.replay_buffer_size",
    0,
    "Rows of former rollouts take the place of groups without a signal.",
  ),
  missing(
    "trl.reroll_start_fraction",
    1,
    "Prompts without a signal are drawn again later.",
    (value) => value === 1,
  ),
  missing("trl.reroll_max_groups", 1, "How many of them."),
  missing(
    "trl.skip_zero_advantage_batches",
    true,
    "Micro-batches whose advantages are all 0 are skipped: TRL's loss is 0 there but for KL and entropy.",
    (value) => value === true,
  ),
  missing(
    "trl.vllm_sync_interval",
    null,
    "Updates between two hand-overs of the weights to vLLM: the sampler is that much behind.",
  ),
];

/** Axolotl's YAML: TRL's names in a `trl:` block, sizes and optimizer at the top. */
export const axolotl: Framework = {
  id: "axolotl",
  name: "Axolotl",
  rules: [
    batch,
    ...underTRLNames("trl.", Object.fromEntries(TRL_BLOCK.map((field) => [field, undefined]))),
    beta,
    reference,
    scaling,
    cap,
    ...underTRLNames("", TOP, { optim: "optimizer" }),
    schedule,
    warmup("warmup_steps", "warmup_ratio", { steps: null, ratio: 0.03 }),
    ...length,
    seedRule("seed", undefined),
    ...beyond,
  ],
  aliases: {},
  elsewhere: [
    [/^rl$/, "Which trainer: grpo."],
    [
      /^trl\.(reward_|rollout_func|log_|num_completions|vllm_|use_liger|generation_kwargs|chat_template|use_data_producer|prefetch|streaming|replay_recompute|reward_num)/,
      "How samples and rewards are computed.",
    ],
    [
      /^(base_model|model_|tokenizer|datasets|test_datasets|dataset|val_set|adapter|lora|peft|load_in|sequence_len|pad_|sample_packing|chat_template|special_tokens|skip_prepare|remove_unused|shuffle_merged|eval_|type_of|trust_remote|strict|is_\w+_model|plugins|unfrozen|relora|train_on_inputs|group_by|streaming|excess_length|max_prompt_len|attn_implementation|overrides_of|revision)/,
      "The model, the data and what is trained of it.",
    ],
    [
      /^(bf16|fp16|tf32|bfloat16|float16|gradient_checkpointing|flash_|xformers|sdp_|deepspeed|fsdp|ddp|logging|save|output_dir|wandb|mlflow|comet|hub|dataloader|local_rank|debug|resume|auto_resume|early_stopping|evals_|vllm|torch_|context_parallel|sequence_parallel|tensor_parallel|dp_|tp_|batch_flattening|experimental|hf_use|push_|use_|gc_steps|include_|loss_watchdog|activation|unsloth|liger|cut_cross|s2_|eager|embeddings|noisy|neftune|batch_size)/,
      "How the work is cut, and what is written down.",
    ],
  ],
  findings,
};
