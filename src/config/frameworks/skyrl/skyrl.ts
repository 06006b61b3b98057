import { ADVANTAGE_FIELDS, byGroup, EVERY_PARAMETER, everyParameter, RLOO } from "../beyond.ts";
import { batches, groupSize, lengthInRollouts, updatesIn } from "../prompt-units.ts";
import { derived, elsewhere, exact, implied, missing, near, none, same, topK } from "../rules.ts";
import { asTRL, seedRule } from "../trl-names.ts";
import type { Framework, Given, Rule } from "../types.ts";
import { findings } from "./findings.ts";
import { clip, objective, sapo } from "./loss.ts";

const GROUP = "generator.n_samples_per_prompt";
const A = (name: string): string => `trainer.algorithm.${name}`;
const O = (name: string): string => `trainer.policy.optimizer_config.${name}`;
const SIZES = {
  group: GROUP,
  rollout: { key: "trainer.train_batch_size", of: "prompts", usual: 1024 },
  update: { key: "trainer.policy_mini_batch_size", of: "prompts", usual: 256 },
  note: "prompts per rollout, prompts per update",
} as const;

const ESTIMATORS: Readonly<Record<string, string>> = {
  gae: "gae needs a critic: this is PPO, and no group is compared.",
  "reinforce++": "REINFORCE++ normalises over the whole batch of token returns.",
  maxrl: "maxrl divides by the group's mean.",
};

const advantage = derived({
  fields: ADVANTAGE_FIELDS,
  keys: { [A("advantage_estimator")]: "grpo", [A("grpo_norm_by_std")]: true },
  note: "1e-6 is added to the deviation, TRL adds 1e-4; rloo takes the mean of the others",
  read(given) {
    const name = given.word(A("advantage_estimator"));
    if (name !== "grpo") {
      return [
        name === "rloo"
          ? exact(
              A("advantage_estimator"),
              RLOO,
              "The mean of the group's other completions is subtracted, and nothing divides; TRL has RLOOTrainer for it.",
            )
          : none(
              A("advantage_estimator"),
              ESTIMATORS[name] ?? `${name} is none that GRPOTrainer has.`,
              ADVANTAGE_FIELDS,
            ),
        elsewhere(A("grpo_norm_by_std"), "Counts under grpo alone."),
      ];
    }
    return [
      exact(A("advantage_estimator"), {}, "The group's mean is subtracted."),
      given.flag(A("grpo_norm_by_std"))
        ? exact(
            A("grpo_norm_by_std"),
            byGroup(1e-6),
            "1e-6 is added to the group's deviation; TRL adds 1e-4.",
          )
        : exact(A("grpo_norm_by_std"), { scale_rewards: "none" }),
    ];
  },
});

const kl = derived({
  fields: ["beta", "kl_estimator"],
  keys: { [A("use_kl_loss")]: true, [A("kl_loss_coef")]: 0.001, [A("kl_estimator_type")]: "k3" },
  note: "on without a setting, 0.001; k3 as TRL's",
  read(given) {
    if (!given.flag(A("use_kl_loss"))) {
      return [
        exact(A("use_kl_loss"), { beta: 0 }, "No KL term."),
        elsewhere(A("kl_loss_coef"), "use_kl_loss is off."),
        elsewhere(A("kl_estimator_type"), "use_kl_loss is off."),
      ];
    }
    const kind = given.word(A("kl_estimator_type"));
    return [
      exact(
        A("use_kl_loss"),
        {},
        given.stated(A("use_kl_loss"))
          ? "kl_loss_coef counts."
          : "On without a setting: kl_loss_coef counts.",
      ),
      exact(A("kl_loss_coef"), { beta: given.number(A("kl_loss_coef")) }),
      kind === "k1" || kind === "k2" || kind === "k3"
        ? exact(
            A("kl_estimator_type"),
            { kl_estimator: kind },
            kind === "k3" ? "k3, as TRL's." : `${kind}; TRL has k3 alone.`,
          )
        : near(A("kl_estimator_type"), {}, `${kind}; TRL has k3 alone.`),
    ];
  },
});

const entropy = derived({
  fields: ["entropy_coef"],
  keys: { [A("use_entropy_loss")]: false, [A("entropy_loss_coef")]: 0.01 },
  read: (given) => [
    exact(A("use_entropy_loss"), {
      entropy_coef: given.flag(A("use_entropy_loss")) ? given.number(A("entropy_loss_coef")) : 0,
    }),
    given.flag(A("use_entropy_loss"))
      ? exact(A("entropy_loss_coef"), {}, "Read with use_entropy_loss.")
      : elsewhere(A("entropy_loss_coef"), "use_entropy_loss is off."),
  ],
});

const schedule = derived({
  fields: ["lr_scheduler_type", "warmup_steps", "warmup_ratio"],
  keys: { [O("scheduler")]: "constant_with_warmup", [O("num_warmup_steps")]: 0 },
  read: (given) => [
    exact(O("scheduler"), { lr_scheduler_type: given.word(O("scheduler")) }),
    exact(O("num_warmup_steps"), { warmup_steps: given.number(O("num_warmup_steps")) }),
  ],
});

const betas = derived({
  fields: ["adam_beta1", "adam_beta2"],
  keys: { [O("adam_betas")]: [0.9, 0.999] },
  read(given) {
    const value = given.value(O("adam_betas"));
    const [first, second] = Array.isArray(value) ? (value as number[]) : [];
    return typeof first === "number" && typeof second === "number"
      ? [exact(O("adam_betas"), { adam_beta1: first, adam_beta2: second })]
      : [none(O("adam_betas"), "They are not two numbers.", ["adam_beta1", "adam_beta2"])];
  },
});

const decay = derived({
  fields: ["weight_decay", "decay_norms_and_biases"],
  keys: { [O("weight_decay")]: 0.01 },
  note: "every parameter decays, transformers leaves out biases and norms",
  read: (given) => [
    exact(O("weight_decay"), everyParameter(given.number(O("weight_decay"))), EVERY_PARAMETER),
  ],
});

const S = (name: string): string => `generator.sampling_params.${name}`;

const beyond: readonly Rule[] = [
  missing(
    A("dynamic_sampling.type"),
    null,
    "Groups without a signal are filtered out or drawn again; GRPOTrainer keeps them.",
  ),
  missing(
    A("zero_variance_filter"),
    false,
    "Rows of groups without a signal are left out of the loss.",
  ),
  missing(
    A("use_kl_in_reward"),
    false,
    "Takes the KL divergence off the rewards; TRL has it in the loss alone.",
  ),
  missing(
    A("advantage_batch_normalize"),
    false,
    "Normalises advantages over the whole batch once more.",
  ),
  missing(
    A("use_tis"),
    false,
    "Weighs by the sampler's probabilities, cut at tis_imp_ratio_cap: TRL's token_truncate.",
  ),
  missing(
    A("off_policy_correction.tis_ratio_type"),
    null,
    "Weighs by the sampler's probabilities: TRL's vllm_importance_sampling_mode.",
  ),
  missing(
    A("off_policy_correction.sequence_mask_metric"),
    null,
    "Leaves out rows that the sampler made unlike the trainer.",
  ),
  missing(
    "trainer.fully_async.enabled",
    false,
    "Samples with weights that are up to max_staleness_steps old.",
  ),
  missing("generator.step_wise_trajectories", false, "Each turn is a row of its own."),
  implied("use_bias_correction_kl", false, "SkyRL does not multiply the KL term by the ratio."),
  implied("router_aux_loss_coef", 0, "SkyRL adds no load-balancing loss of its own."),
];

/** SkyRL's Hydra overrides and YAML. */
export const skyrl: Framework = {
  id: "skyrl",
  name: "SkyRL",
  rules: [
    groupSize(GROUP, 5, "A group of one has no other to be compared with."),
    batches(SIZES),
    same({ key: "trainer.update_epochs_per_batch", field: "num_iterations", usual: 1 }),
    lengthInRollouts({
      rollouts: { key: "trainer.max_training_steps", usual: null },
      epochs: { key: "trainer.epochs", usual: 1 },
      updates: (given: Given) =>
        updatesIn(given, SIZES) * given.number("trainer.update_epochs_per_batch"),
    }),
    same({ key: S("max_generate_length"), field: "max_completion_length", usual: 1024 }),
    same({ key: S("temperature"), field: "temperature", usual: 1 }),
    same({ key: S("top_p"), field: "top_p", usual: 1 }),
    same({
      key: S("top_k"),
      field: "top_k",
      usual: -1,
      codec: topK,
      says: "−1 there is 0 in TRL: no filter.",
    }),
    derived({
      fields: ["min_p"],
      keys: { [S("min_p")]: 0 },
      read: (given) => [exact(S("min_p"), { min_p: given.number(S("min_p")) || null })],
    }),
    seedRule("trainer.seed", 42),
    objective,
    clip,
    sapo,
    advantage,
    kl,
    entropy,
    same({
      key: "generator.apply_overlong_filtering",
      field: "mask_truncated_completions",
      usual: false,
      codec: asTRL("mask_truncated_completions"),
    }),
    same({ key: O("lr"), field: "learning_rate", usual: 1e-6 }),
    betas,
    decay,
    same({ key: O("max_grad_norm"), field: "max_grad_norm", usual: 1 }),
    schedule,
    ...beyond,
  ],
  aliases: {},
  elsewhere: [
    [/^(data|environment)\b/, "The data and the rewards."],
    [/^generator\./, "How samples are made."],
    [
      /^trainer\.algorithm\.(max_seq_len|lambd|gamma|value_|kl_ctrl|tis_imp|temperature|zero_variance_filter_tol|dynamic_sampling\.|clip_cov|kl_cov|dppo|off_policy_correction)/,
      "Counts with what is said above alone.",
    ],
    [/^trainer\.(?!algorithm)/, "The model, and how the work is cut."],
  ],
  findings,
};
