import { EVERY_PARAMETER, everyParameter } from "../beyond.ts";
import { count } from "../mark.ts";
import { derived, elsewhere, exact, implied, missing, same } from "../rules.ts";
import { groupSize } from "../prompt-units.ts";
import { readRollout, SIZE_FIELDS, updateOutcome, type Unit } from "../sizes.ts";
import { asTRL, seedRule } from "../trl-names.ts";
import type { Framework, Rule } from "../types.ts";
import { findings } from "./findings.ts";
import { advantage, clip, kl, objective } from "./loss.ts";

const GROUP = "gconfig.n_samples";
const ROLLOUT: Unit = {
  key: "train_dataset.batch_size",
  of: "prompts",
  name: "train_dataset.batch_size",
};
const PARTS = "actor.ppo_n_minibatches";
const SAPO = "actor.use_sapo_loss";
const O = (name: string): string => `actor.optimizer.${name}`;

const sizes = derived({
  fields: SIZE_FIELDS,
  keys: { [ROLLOUT.key]: undefined, [PARTS]: 4 },
  note: "prompts per rollout, and updates per rollout",
  read(given) {
    const rollout = given.number(ROLLOUT.key) * given.number(GROUP);
    const parts = given.number(PARTS);
    const from = `${count(rollout)} completions / ppo_n_minibatches ${parts}`;
    return [
      readRollout(ROLLOUT, GROUP, given),
      updateOutcome(PARTS, { rollout, update: rollout / parts, from }),
    ];
  },
});

const schedule = derived({
  fields: ["lr_scheduler_type", "lr_scheduler_kwargs", "warmup_steps", "warmup_ratio"],
  keys: {
    [O("lr_scheduler_type")]: "constant",
    [O("warmup_steps_proportion")]: 0.001,
    [O("min_lr_ratio")]: 0,
  },
  read(given) {
    const type = given.word(O("lr_scheduler_type"));
    const share = given.number(O("warmup_steps_proportion"));
    const floor = given.number(O("min_lr_ratio"));
    const lowered = type === "cosine" && floor > 0;
    return [
      exact(O("lr_scheduler_type"), {
        lr_scheduler_type: lowered
          ? "cosine_with_min_lr"
          : type === "constant" && share > 0
            ? "constant_with_warmup"
            : type,
        ...(lowered ? { lr_scheduler_kwargs: { min_lr_rate: floor } } : {}),
      }),
      exact(
        O("warmup_steps_proportion"),
        { warmup_steps: share },
        "A share of the run: warmup_steps below 1 in transformers 5.",
      ),
      lowered
        ? exact(O("min_lr_ratio"), {}, "Read with the schedule.")
        : elsewhere(O("min_lr_ratio"), "Of a schedule that falls."),
    ];
  },
});

const beyond: readonly Rule[] = [
  missing(
    "actor.reward_scaling",
    1,
    "Multiplies rewards: nothing comes of it where they are divided by a deviation.",
    (value) => value === 1,
  ),
  missing(
    "actor.reward_bias",
    0,
    "Added to rewards: nothing comes of it where a mean is subtracted.",
  ),
  missing("actor.reward_clip", 20, "Clips rewards.", (value) => value === 20),
  missing(
    "actor.use_decoupled_loss",
    false,
    "The ratio is taken against a policy between the sampler's and the trained one.",
  ),
  missing(
    "actor.m2_threshold",
    null,
    "Leaves out tokens by the second moment of their log-ratio (M2PO).",
  ),
  missing(
    "actor.rejection_sampling.upper",
    null,
    "Leaves out, or cuts, what the sampler made unlike the trainer; off_policy_mask_threshold is the nearest.",
  ),
  missing("actor.rejection_sampling.lower", null, "The lower limit of that."),
  missing(
    "actor.overlong_reward_penalty",
    false,
    "Takes reward off answers that come near the limit: in TRL a reward function, get_soft_overlong_punishment.",
  ),
  missing(
    "rollout.max_head_offpolicyness",
    0,
    "Samples are up to so many updates old when they are trained on.",
  ),
  implied("use_bias_correction_kl", false, "AReaL has no KL term in the loss."),
  implied("num_iterations", 1, "AReaL goes through a rollout once."),
  implied("router_aux_loss_coef", 0, "AReaL adds no load-balancing loss of its own."),
];

/** AReaL's YAML. */
export const areal: Framework = {
  id: "areal",
  name: "AReaL",
  rules: [
    groupSize(GROUP, 1, "A group of one has no other to be compared with."),
    sizes,
    same({ key: "total_train_epochs", field: "num_train_epochs", usual: 1 }),
    same({ key: "gconfig.max_new_tokens", field: "max_completion_length", usual: 16_384 }),
    same({ key: "gconfig.temperature", field: "temperature", usual: 1 }),
    same({ key: "gconfig.top_p", field: "top_p", usual: 1 }),
    derived({
      fields: ["top_k"],
      keys: { "gconfig.top_k": 1e8 },
      read: (given) => [
        exact("gconfig.top_k", {
          top_k: given.number("gconfig.top_k") >= 1e8 ? 0 : given.number("gconfig.top_k"),
        }),
      ],
    }),
    same({
      key: "train_dataset.shuffle",
      field: "shuffle_dataset",
      usual: true,
      codec: asTRL("shuffle_dataset"),
    }),
    seedRule("seed", undefined),
    objective,
    clip,
    advantage,
    kl,
    same({
      key: "actor.mask_no_eos_with_zero",
      field: "mask_truncated_completions",
      usual: false,
      codec: asTRL("mask_truncated_completions"),
      mark: "near",
      says: "Truncated completions have reward 0; TRL leaves them out of the loss.",
    }),
    derived({
      fields: ["sapo_temperature_pos", "sapo_temperature_neg"],
      keys: { "actor.sapo_tau_pos": 1, "actor.sapo_tau_neg": 1.05 },
      read: (given) =>
        [
          ["actor.sapo_tau_pos", "sapo_temperature_pos"],
          ["actor.sapo_tau_neg", "sapo_temperature_neg"],
        ].map(([key = "", field = ""]) =>
          given.flag(SAPO)
            ? exact(key, { [field]: given.number(key) })
            : elsewhere(key, "use_sapo_loss is off."),
        ),
    }),
    same({ key: O("lr"), field: "learning_rate", usual: 1e-3 }),
    same({ key: O("beta1"), field: "adam_beta1", usual: 0.9 }),
    same({ key: O("beta2"), field: "adam_beta2", usual: 0.999 }),
    same({ key: O("eps"), field: "adam_epsilon", usual: 1e-8 }),
    derived({
      fields: ["weight_decay", "decay_norms_and_biases"],
      keys: { [O("weight_decay")]: 0.01 },
      note: "every parameter decays, transformers leaves out biases and norms",
      read: (given) => [
        exact(O("weight_decay"), everyParameter(given.number(O("weight_decay"))), EVERY_PARAMETER),
      ],
    }),
    same({ key: O("gradient_clipping"), field: "max_grad_norm", usual: 1 }),
    schedule,
    ...beyond,
  ].map((rule) => ({ ...rule, write: null })),
  aliases: {},
  versions: [
    {
      shows: ({ key }) => /^(exp_ctrl|ppo)\./.test(key),
      says: "what stands under exp_ctrl and ppo, as in AReaL's first releases: it is not read",
      opens: true,
    },
  ],
  elsewhere: [
    [
      /^(experiment_name|trial_name|enable_offload|tokenizer_path|cluster|scheduler|rollout|ref|critic|sglang|vllm|valid_dataset|saver|recover|checkpointer|evaluator|stats_logger|launcher|perf_tracer|async_training|allocation_mode|workflow|eval_|gconfig|train_dataset|total_train)/,
      "The data, the samples and what is written down.",
    ],
    [/^actor\.(?!eps|kl|reward|adv|ppo|use_)/, "The model, and how the work is cut."],
    [
      /^actor\.(reward_norm\.group_size|adv_norm\.(group_size|eps|std_unbiased))/,
      "Of the normalisation.",
    ],
  ],
  findings,
};
