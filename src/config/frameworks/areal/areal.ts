import { count } from "../mark.ts";
import { derived, elsewhere, exact, implied, missing, near, none, same } from "../rules.ts";
import { readRollout, SIZE_FIELDS, updateOutcome, type Unit } from "../sizes.ts";
import { asTRL, seedRule } from "../trl-names.ts";
import type { Framework, Rule } from "../types.ts";
import { findings } from "./findings.ts";

const GROUP = "gconfig.n_samples";
const ROLLOUT: Unit = {
  key: "train_dataset.batch_size",
  of: "prompts",
  name: "train_dataset.batch_size",
};
const PARTS = "actor.ppo_n_minibatches";
const LEVEL = "actor.importance_sampling_level";
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

/** The mean over all tokens, whatever the ratio. */
const objective = derived({
  fields: ["importance_sampling_level", "loss_type"],
  keys: { [LEVEL]: "token", [SAPO]: false },
  note: "always averaged over tokens: a sequence ratio then weighs rows by length",
  read(given) {
    const level = given.word(LEVEL);
    if (given.flag(SAPO)) {
      return [
        near(
          SAPO,
          { importance_sampling_level: "token", loss_type: "sapo" },
          "Averaged over all tokens; TRL's sapo over each row first.",
        ),
        elsewhere(LEVEL, "Read with use_sapo_loss."),
      ];
    }
    return [
      exact(
        LEVEL,
        { importance_sampling_level: level, loss_type: "dapo" },
        level === "sequence"
          ? "One ratio per completion, broadcast over its tokens and averaged over all tokens: long answers weigh more."
          : "Averaged over all tokens of an update.",
      ),
      elsewhere(SAPO, "Off."),
    ];
  },
});

const clip = derived({
  fields: ["epsilon", "epsilon_high", "delta"],
  keys: { "actor.eps_clip": 0.2, "actor.eps_clip_higher": null, "actor.c_clip": null },
  read(given) {
    const low = given.number("actor.eps_clip");
    const high = given.value("actor.eps_clip_higher");
    const dual = given.value("actor.c_clip");
    return [
      exact("actor.eps_clip", { epsilon: low, ...(high === null ? { epsilon_high: low } : {}) }),
      high === null
        ? elsewhere("actor.eps_clip_higher", "Not set: eps_clip counts above as well.")
        : exact("actor.eps_clip_higher", { epsilon_high: given.number("actor.eps_clip_higher") }),
      dual === null
        ? elsewhere("actor.c_clip", "Not set: no dual clip.")
        : exact("actor.c_clip", { delta: given.number("actor.c_clip") }),
    ];
  },
});

const STD: Readonly<Record<string, string>> = {
  group: "group",
  batch: "batch",
  none: "none",
  "": "none",
};

/** Rewards are normalised, and then advantages once more. */
const advantage = derived({
  fields: ["scale_rewards"],
  keys: {
    "actor.reward_norm.mean_level": null,
    "actor.reward_norm.std_level": null,
    "actor.reward_norm.mean_leave1out": false,
    "actor.adv_norm.mean_level": null,
    "actor.adv_norm.std_level": null,
  },
  mark: "near",
  note: "reward_norm, and adv_norm over the batch once more, which TRL has not",
  read(given) {
    const mean = given.word("actor.reward_norm.mean_level");
    const std = given.word("actor.reward_norm.std_level");
    const again = given.word("actor.adv_norm.std_level") || given.word("actor.adv_norm.mean_level");
    const scaling = STD[std];
    return [
      mean === "group"
        ? exact("actor.reward_norm.mean_level", {}, "The group's mean is subtracted.")
        : none(
            "actor.reward_norm.mean_level",
            `The mean is ${mean === "" ? "not subtracted" : `that of the ${mean}`}; GRPOTrainer subtracts the group's.`,
          ),
      scaling === undefined
        ? none("actor.reward_norm.std_level", "It is no level that TRL has.", ["scale_rewards"])
        : near(
            "actor.reward_norm.std_level",
            { scale_rewards: scaling },
            "What is added to the deviation is 1e-5; TRL adds 1e-4.",
          ),
      given.flag("actor.reward_norm.mean_leave1out")
        ? none(
            "actor.reward_norm.mean_leave1out",
            "The mean of the other completions of the group; GRPOTrainer takes that of all.",
          )
        : elsewhere("actor.reward_norm.mean_leave1out", "Off."),
      ...["actor.adv_norm.mean_level", "actor.adv_norm.std_level"].map((key) =>
        again === "" || again === "none"
          ? elsewhere(key, "Off.")
          : none(key, `Advantages are normalised once more over the ${again}; TRL does it once.`),
      ),
    ];
  },
});

const kl = derived({
  fields: ["beta"],
  keys: { "actor.kl_ctl": 0.1, "actor.kl_estimator": "k1" },
  note: "in the rewards; TRL has it in the loss alone",
  read(given) {
    const coefficient = given.number("actor.kl_ctl");
    return [
      coefficient === 0
        ? exact("actor.kl_ctl", { beta: 0 }, "No KL term.")
        : none(
            "actor.kl_ctl",
            `Takes ${coefficient} × KL off the rewards; TRL has it in the loss alone (beta).`,
            ["beta"],
          ),
      elsewhere("actor.kl_estimator", "Of the KL divergence in the rewards."),
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
    same({ key: GROUP, field: "num_generations", usual: 1 }),
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
    same({
      key: O("weight_decay"),
      field: "weight_decay",
      usual: 0.01,
      mark: "near",
      says: "Every parameter decays; transformers leaves out biases and norms.",
    }),
    same({ key: O("gradient_clipping"), field: "max_grad_norm", usual: 1 }),
    schedule,
    ...beyond,
  ].map((rule) => ({ ...rule, write: null })),
  aliases: {},
  elsewhere: [
    [
      /^(experiment_name|trial_name|enable_offload|tokenizer_path|cluster|scheduler|rollout|ref|critic|sglang|vllm|valid_dataset|saver|recover|checkpointer|evaluator|stats_logger|launcher|perf_tracer|async_training|allocation_mode|workflow|eval_|gconfig|train_dataset|total_train)/,
      "The data, the samples and what is written down.",
    ],
    [/^actor\.(?!eps|kl|reward|adv|ppo|use_)/, "The model, and how the work is cut."],
    [/^actor\.(reward_norm|adv_norm)\.(group_size|eps|std_unbiased)/, "Of the normalisation."],
  ],
  findings,
};
