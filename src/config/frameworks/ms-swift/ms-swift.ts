import { cannot, derived, elsewhere, exact, implied, missing, same, topK } from "../rules.ts";
import { updateOutcome } from "../sizes.ts";
import { asTRL, seedRule, trlBatch, underTRLNames, warmup } from "../trl-names.ts";
import type { Framework, Given, Outcome, Rule } from "../types.ts";
import { ELSEWHERE } from "./elsewhere.ts";
import { findings } from "./findings.ts";
import { kl } from "./kl.ts";
import { losses } from "./loss.ts";

const PROCESSES = "num_processes";
const MEGATRON = { update: "global_batch_size", rows: "micro_batch_size" };

const transformers = trlBatch({
  rows: "per_device_train_batch_size",
  accumulated: "gradient_accumulation_steps",
  slices: "steps_per_generation",
  rollout: "generation_batch_size",
  processes: PROCESSES,
  usual: { rows: 1, accumulated: 1 },
});

const isMegatron = (given: Given): boolean =>
  given.stated(MEGATRON.update) || given.stated(MEGATRON.rows);

/** Under Megatron an update is global_batch_size completions, and steps_per_generation counts updates. */
function readMegatron(given: Given): Outcome[] {
  const update = given.number(MEGATRON.update);
  const slices =
    given.value("steps_per_generation") === null ? 1 : given.number("steps_per_generation");
  const stated = given.value("generation_batch_size");
  const rollout = typeof stated === "number" ? stated : update * slices;
  return [
    updateOutcome(MEGATRON.update, { rollout, update, from: `global_batch_size ${update}` }),
    elsewhere(MEGATRON.rows, "How many rows are in memory at a time."),
    exact(
      typeof stated === "number" ? "generation_batch_size" : "steps_per_generation",
      { generation_batch_size: rollout },
      `Under Megatron steps_per_generation counts updates: ${update} × ${rollout / update} = generation_batch_size ${rollout}.`,
    ),
    elsewhere(PROCESSES, "global_batch_size is that of all processes."),
  ];
}

const batch: Rule = {
  ...transformers,
  keys: { ...transformers.keys, [MEGATRON.update]: 16, [MEGATRON.rows]: 1 },
  read: (given) => (isMegatron(given) ? readMegatron(given) : transformers.read(given)),
};

/** 1e-5 for all weights, 1e-4 for LoRA, where nothing is set. */
const rate = derived({
  fields: ["learning_rate"],
  keys: { learning_rate: null, tuner_type: "lora" },
  read(given) {
    const full =
      given.word("tuner_type") === "full" || (isMegatron(given) && !given.stated("tuner_type"));
    const usual = full ? 1e-5 : 1e-4;
    return [
      given.value("learning_rate") === null
        ? exact(
            "learning_rate",
            { learning_rate: usual },
            `Not set: ${full ? "1e-5 for all weights" : "1e-4 for LoRA"}.`,
          )
        : exact("learning_rate", { learning_rate: given.number("learning_rate") }),
      elsewhere(
        "tuner_type",
        full ? "All weights are trained." : "LoRA: what is trained, not how.",
      ),
    ];
  },
  write: ({ number }) => ({ settings: { learning_rate: number("learning_rate") } }),
});

const correction = derived({
  fields: [
    "vllm_importance_sampling_correction",
    "vllm_importance_sampling_mode",
    "vllm_importance_sampling_clip_max",
  ],
  keys: { rollout_importance_sampling_mode: null, rollout_importance_sampling_threshold: 2 },
  read(given) {
    const mode = given.word("rollout_importance_sampling_mode");
    if (mode === "") {
      return [
        exact(
          "rollout_importance_sampling_mode",
          { vllm_importance_sampling_correction: false },
          "No correction for the sampler's probabilities.",
        ),
        elsewhere("rollout_importance_sampling_threshold", "Counts with a mode alone."),
      ];
    }
    return [
      exact("rollout_importance_sampling_mode", {
        vllm_importance_sampling_correction: true,
        vllm_importance_sampling_mode: mode,
      }),
      exact("rollout_importance_sampling_threshold", {
        vllm_importance_sampling_clip_max: given.number("rollout_importance_sampling_threshold"),
      }),
    ];
  },
  write({ values, text, number }) {
    if (values.vllm_importance_sampling_correction !== true || values.use_vllm !== true)
      return { settings: {} };
    return {
      settings: {
        rollout_importance_sampling_mode: text("vllm_importance_sampling_mode") || "sequence_mask",
        rollout_importance_sampling_threshold:
          values.vllm_importance_sampling_clip_max === undefined
            ? 3
            : number("vllm_importance_sampling_clip_max"),
      },
    };
  },
});

const replay = derived({
  fields: ["router_replay"],
  keys: { router_replay_mode: "disabled" },
  note: "a mixture's, under Megatron; TRL has none, this page has it",
  read(given) {
    const mode = given.word("router_replay_mode").toUpperCase();
    return [
      mode === "R2" || mode === "R3"
        ? exact(
            "router_replay_mode",
            { router_replay: mode },
            "Routing Replay: this page has it, TRL has not.",
          )
        : exact("router_replay_mode", { router_replay: "none" }),
    ];
  },
  // What is written is `swift rlhf`, which does not know the setting.
  write: ({ text }) => ({
    settings: {},
    notes: {
      router_replay:
        text("router_replay") === "" || text("router_replay") === "none"
          ? undefined
          : cannot("ms-swift has Routing Replay under Megatron alone (megatron rlhf)."),
    },
  }),
});

const useVLLM = derived({
  fields: ["use_vllm"],
  keys: { use_vllm: false },
  read: (given) => [exact("use_vllm", { use_vllm: given.flag("use_vllm") }, "Samples with vLLM.")],
});

/** What GRPOTrainer has nothing for. */
const beyond: readonly Rule[] = [
  missing(
    "dynamic_sample",
    false,
    "Groups whose rewards are all the same are drawn again; GRPOTrainer keeps them, with advantage 0.",
  ),
  missing("max_resample_times", 3, "How often dynamic_sample tries."),
  missing(
    "soft_cache_length",
    null,
    "Takes reward off answers that come near the limit: in TRL a reward function, get_soft_overlong_punishment.",
  ),
  missing("soft_max_length", null, "The limit of that."),
  missing(
    "async_generate",
    false,
    "Samples with the policy of the update before: every batch is one update stale.",
  ),
  missing("sdar_loss_coef", 0, "Adds a distillation loss."),
  missing("advantage_reweight", null, "Weighs advantages by a teacher."),
  missing("teacher_model", null, "Distils from a teacher."),
  missing("chord_mu_peak", null, "Mixes supervised data in (CHORD)."),
  missing("multi_turn_scheduler", null, "Several turns a completion: a rollout function in TRL."),
  implied("use_bias_correction_kl", false, "ms-swift does not multiply the KL term by the ratio."),
];

/** ms-swift's `swift rlhf` and `megatron rlhf`: flags, or a YAML file of them. */
export const msSwift: Framework = {
  id: "ms-swift",
  name: "ms-swift",
  rules: [
    batch,
    ...underTRLNames("", {
      num_generations: 8,
      num_iterations: 1,
      max_steps: -1,
      num_train_epochs: 3,
      max_completion_length: 512,
      temperature: 0.9,
      top_p: 1,
    }),
    same({
      key: "top_k",
      field: "top_k",
      usual: -1,
      codec: topK,
      says: "−1 there is 0 in TRL: no filter.",
    }),
    derived({
      fields: ["min_p"],
      keys: { min_p: 0 },
      read: (given) => [exact("min_p", { min_p: given.number("min_p") || null })],
      write: ({ number }) => ({ settings: { min_p: number("min_p") } }),
    }),
    same({
      key: "dataset_shuffle",
      field: "shuffle_dataset",
      usual: true,
      codec: asTRL("shuffle_dataset"),
    }),
    seedRule("seed", 42),
    ...losses,
    ...underTRLNames(
      "",
      {
        epsilon: 0.2,
        epsilon_high: null,
        delta: null,
        sync_ref_model: false,
        ref_model_sync_steps: 512,
        ref_model_mixup_alpha: 0.6,
        mask_truncated_completions: false,
        top_entropy_quantile: 1,
        off_policy_mask_threshold: null,
        sapo_temperature_pos: 1,
        sapo_temperature_neg: 1.05,
        router_aux_loss_coef: 0,
      },
      {
        mask_truncated_completions: "overlong_filter",
        off_policy_mask_threshold: "off_policy_sequence_mask_delta",
        sapo_temperature_pos: "tau_pos",
        sapo_temperature_neg: "tau_neg",
      },
    ),
    kl,
    rate,
    ...underTRLNames("", {
      adam_beta1: 0.9,
      adam_beta2: 0.95,
      adam_epsilon: 1e-8,
      weight_decay: 0.1,
      max_grad_norm: 1,
      optim: "adamw_torch_fused",
      lr_scheduler_type: "cosine",
      lr_scheduler_kwargs: null,
    }),
    warmup("warmup_steps", "warmup_ratio", { steps: 0, ratio: 0 }),
    replay,
    useVLLM,
    correction,
    ...beyond,
  ],
  aliases: {
    lr: "learning_rate",
    clip_grad: "max_grad_norm",
    lr_decay_style: "lr_scheduler_type",
    lr_warmup_fraction: "warmup_ratio",
    lr_warmup_iters: "warmup_steps",
    train_iters: "max_steps",
    train_type: "tuner_type",
    max_new_tokens: "max_completion_length",
    response_length: "max_completion_length",
    adam_eps: "adam_epsilon",
    moe_aux_loss_coeff: "router_aux_loss_coef",
    num_iters: "num_iterations",
  },
  elsewhere: ELSEWHERE,
  findings,
};
