import { batches } from "../prompt-units.ts";
import {
  cannot,
  derived,
  elsewhere,
  exact,
  implied,
  missing,
  near,
  nearly,
  none,
  same,
} from "../rules.ts";
import { asTRL, seedRule } from "../trl-names.ts";
import type { Framework, Given, Outcome, Rule } from "../types.ts";
import { findings } from "./findings.ts";
import { ALIASES } from "./former.ts";
import { optimizer } from "./optimizer.ts";

const GROUP = "rollout.n_samples_per_prompt";
const LOSS = "actor.policy_loss_type";
const ESTIMATOR = "algo.advantage.estimator";
const NO_STD = "algo.advantage.no_std_norm";

const sizes = batches({
  group: GROUP,
  rollout: { key: "rollout.batch_size", of: "prompts", name: "rollout.batch_size", usual: 1024 },
  update: { key: "train.batch_size", of: "completions", name: "train.batch_size", usual: 128 },
  note: "prompts per rollout, completions per update",
});

/** ppo averages over tokens, gspo over each row first. */
const objective = derived({
  fields: ["importance_sampling_level", "loss_type"],
  keys: { [LOSS]: "ppo" },
  note: "ppo over all tokens (dapo), gspo over each row first (grpo); there is no other",
  read(given) {
    const type = given.word(LOSS);
    return [
      type === "gspo"
        ? exact(
            LOSS,
            { importance_sampling_level: "sequence", loss_type: "grpo" },
            "One ratio per completion, averaged over rows.",
          )
        : exact(
            LOSS,
            { importance_sampling_level: "token", loss_type: "dapo" },
            "One ratio per token, averaged over all tokens.",
          ),
    ];
  },
  write({ text }) {
    const level = text("importance_sampling_level");
    const loss = text("loss_type");
    const fits = level === "token" ? "dapo" : "grpo";
    return {
      settings: { [LOSS]: level === "token" ? "ppo" : "gspo" },
      notes: {
        ...(level === "sequence_token"
          ? {
              importance_sampling_level: nearly(
                "Read back as sequence: the same value and gradient.",
              ),
            }
          : {}),
        ...(loss === fits
          ? {}
          : {
              loss_type: nearly(
                `OpenRLHF has ${level === "token" ? "the mean over all tokens (dapo)" : "the mean over each row (grpo)"} here, not ${loss}.`,
              ),
            }),
      },
    };
  },
});

const CLIP = "actor.eps_clip";
const BAND = "actor.eps_clip_low_high";

const clip = derived({
  fields: ["epsilon", "epsilon_high"],
  keys: { [CLIP]: 0.2, [BAND]: null },
  read(given) {
    const band = given.value(BAND);
    if (band === null) {
      return [
        exact(
          CLIP,
          { epsilon: given.number(CLIP), epsilon_high: given.number(CLIP) },
          "On both sides.",
        ),
        elsewhere(BAND, "Not set: eps_clip counts."),
      ];
    }
    const [low, high] = Array.isArray(band) ? (band as number[]) : [];
    return typeof low === "number" && typeof high === "number"
      ? [
          exact(BAND, { epsilon: low, epsilon_high: high }),
          elsewhere(CLIP, "eps_clip_low_high is set and counts."),
        ]
      : [none(BAND, "It takes two numbers.", ["epsilon", "epsilon_high"])];
  },
  write: ({ values, number }) => ({
    settings: {
      [BAND]: [
        number("epsilon"),
        values.epsilon_high === null ? number("epsilon") : number("epsilon_high"),
      ],
    },
  }),
});

const dual = derived({
  fields: ["delta"],
  keys: { "actor.dual_clip": null },
  note: "for negative advantages, under gspo too",
  read(given) {
    const value = given.value("actor.dual_clip");
    if (value === null) return [exact("actor.dual_clip", { delta: null })];
    const sets = { delta: given.number("actor.dual_clip") };
    return [
      given.word(LOSS) === "gspo"
        ? near(
            "actor.dual_clip",
            sets,
            "Caps the completion's ratio where the advantage is negative; so does TRL's delta.",
          )
        : exact("actor.dual_clip", sets),
    ];
  },
  write: ({ values, number }) =>
    values.delta === null ? { settings: {} } : { settings: { "actor.dual_clip": number("delta") } },
});

const ESTIMATORS: Readonly<Record<string, string>> = {
  gae: "gae needs a critic: this is PPO, and no group is compared.",
  reinforce: "REINFORCE++: token returns, normalised over the batch.",
  rloo: "rloo takes the mean of the other completions of the group; TRL has RLOOTrainer for it.",
  reinforce_baseline:
    "Takes the group's mean and the whole batch's deviation; scale_rewards batch is the nearest.",
};

const advantage = derived({
  fields: ["scale_rewards"],
  keys: { [ESTIMATOR]: "gae", [NO_STD]: false },
  mark: "near",
  note: "group_norm and dr_grpo; 1e-9 is added to the deviation, TRL adds 1e-4",
  read(given) {
    const name = given.word(ESTIMATOR);
    const other = elsewhere(NO_STD, "Of reinforce and its baseline.");
    if (name === "dr_grpo")
      return [
        exact(
          ESTIMATOR,
          { scale_rewards: "none" },
          "The group's mean is subtracted, and nothing divides.",
        ),
        other,
      ];
    if (name === "group_norm") {
      return [
        near(
          ESTIMATOR,
          { scale_rewards: "group" },
          "GRPO: 1e-9 is added to the group's deviation; TRL adds 1e-4.",
        ),
        other,
      ];
    }
    const usual = given.stated(ESTIMATOR)
      ? ""
      : " It is OpenRLHF's default: set --algo.advantage.estimator group_norm for GRPO.";
    return [
      none(ESTIMATOR, `${ESTIMATORS[name] ?? `${name} is not known here.`}${usual}`, [
        "scale_rewards",
      ]),
      other,
    ];
  },
  write({ text }) {
    const scaling = text("scale_rewards");
    const settings = { [ESTIMATOR]: scaling === "none" ? "dr_grpo" : "group_norm" };
    if (scaling === "none") return { settings };
    return {
      settings,
      notes: {
        scale_rewards:
          scaling === "group"
            ? nearly("1e-9 is added to the deviation, TRL adds 1e-4.")
            : cannot("group_norm divides by the group's deviation."),
      },
    };
  },
});

const COEF = "algo.kl.init_coef";
const IN_LOSS = "algo.kl.use_loss";
const KIND = "algo.kl.estimator";

const kl = derived({
  fields: ["beta"],
  keys: { [COEF]: 0.01, [IN_LOSS]: false, [KIND]: "k1" },
  note: "in the rewards unless algo.kl.use_loss; k3 is TRL's",
  read(given) {
    const coefficient = given.number(COEF);
    if (coefficient === 0) {
      return [
        exact(COEF, { beta: 0 }, "No KL term."),
        elsewhere(IN_LOSS, "No KL term."),
        elsewhere(KIND, "No KL term."),
      ];
    }
    if (!given.flag(IN_LOSS)) {
      return [
        none(
          COEF,
          `Takes ${coefficient} × KL off the rewards; TRL has it in the loss alone (beta).`,
          ["beta"],
        ),
        elsewhere(IN_LOSS, "Off: the KL divergence is in the rewards."),
        elsewhere(KIND, "Of the KL divergence in the rewards."),
      ];
    }
    const kind = given.word(KIND);
    return [
      exact(COEF, { beta: coefficient }),
      exact(IN_LOSS, {}, "In the loss, as in TRL."),
      kind === "k3"
        ? exact(KIND, {}, "k3, as TRL's.")
        : near(KIND, {}, `${kind}; TRL has k3 alone.`),
    ];
  },
  write({ number, values }) {
    const beta = number("beta");
    if (beta === 0) return { settings: { [COEF]: 0 } };
    return {
      settings: { [COEF]: beta, [IN_LOSS]: true, [KIND]: "k3" },
      ...(values.use_bias_correction_kl === false
        ? {}
        : {
            notes: {
              use_bias_correction_kl: cannot("The KL term is not multiplied by the ratio."),
            },
          }),
    };
  },
});

const entropy = derived({
  fields: ["entropy_coef"],
  keys: { "actor.entropy_coef": null },
  read: (given) => [
    exact("actor.entropy_coef", {
      entropy_coef:
        given.value("actor.entropy_coef") === null ? 0 : given.number("actor.entropy_coef"),
    }),
  ],
  write: ({ number }) => ({
    settings: number("entropy_coef") === 0 ? {} : { "actor.entropy_coef": number("entropy_coef") },
  }),
});

const IS = {
  on: "algo.advantage.is_correction_enable",
  type: "algo.advantage.is_correction_type",
  limits: "algo.advantage.is_correction_threshold",
};
const MODES: Readonly<Record<string, string>> = {
  tis: "token_truncate",
  icepop: "token_mask",
  "seq-mask-tis": "sequence_mask",
};

const sampler = derived({
  fields: [
    "vllm_importance_sampling_correction",
    "vllm_importance_sampling_mode",
    "vllm_importance_sampling_clip_max",
    "vllm_importance_sampling_clip_min",
  ],
  keys: { [IS.on]: false, [IS.type]: "tis", [IS.limits]: [0.5, 5] },
  note: "under gspo the ratio itself is taken against the sampler's log-probs",
  read(given) {
    if (!given.flag(IS.on)) {
      return [
        exact(IS.on, { vllm_importance_sampling_correction: false }),
        elsewhere(IS.type, "The correction is off."),
        elsewhere(IS.limits, "The correction is off."),
      ];
    }
    return [correctionOf(given), ...limitsOf(given)];
  },
  write({ values, text, number }) {
    const type = Object.entries(MODES).find(
      ([, mode]) => mode === (text("vllm_importance_sampling_mode") || "sequence_mask"),
    )?.[0];
    if (values.vllm_importance_sampling_correction !== true || values.use_vllm !== true)
      return { settings: {} };
    if (type === undefined)
      return {
        settings: {},
        notes: {
          vllm_importance_sampling_mode: cannot("OpenRLHF has tis, icepop and seq-mask-tis."),
        },
      };
    const most =
      values.vllm_importance_sampling_clip_max === undefined
        ? 3
        : number("vllm_importance_sampling_clip_max");
    return {
      settings: {
        [IS.on]: true,
        [IS.type]: type,
        [IS.limits]: [number("vllm_importance_sampling_clip_min"), most],
      },
    };
  },
});

const correctionOf = (given: Given): Outcome =>
  given.word(LOSS) === "gspo"
    ? near(
        IS.on,
        { vllm_importance_sampling_correction: true },
        "Under gspo the ratio is taken against the sampler's log-probs, not the recomputed ones.",
      )
    : exact(IS.on, { vllm_importance_sampling_correction: true });

function limitsOf(given: Given): Outcome[] {
  const mode = MODES[given.word(IS.type)];
  const limits = given.value(IS.limits);
  const [low, high] = Array.isArray(limits) ? (limits as number[]) : [];
  return [
    mode === undefined
      ? none(IS.type, "It is none that is known here.", ["vllm_importance_sampling_mode"])
      : exact(IS.type, { vllm_importance_sampling_mode: mode }),
    typeof low === "number" && typeof high === "number"
      ? exact(IS.limits, {
          vllm_importance_sampling_clip_min: low,
          vllm_importance_sampling_clip_max: high,
        })
      : none(IS.limits, "It takes two numbers.", ["vllm_importance_sampling_clip_max"]),
  ];
}

const beyond: readonly Rule[] = [
  missing(
    "algo.dynamic_filtering_enable",
    false,
    "Groups whose rewards lie outside of a range are drawn again; GRPOTrainer keeps them.",
  ),
  missing(
    "algo.dynamic_filtering_range",
    undefined,
    "The range of dynamic filtering.",
    () => false,
  ),
  missing("algo.kl.target", null, "Moves the KL coefficient towards a target."),
  missing(
    "reward.overlong_buffer_len",
    null,
    "Takes reward off answers that come near the limit: in TRL a reward function, get_soft_overlong_punishment.",
  ),
  missing("reward.stop_properly_penalty_coef", null, "Lowers the reward of truncated answers."),
  missing("reward.normalize_enable", false, "Normalises a reward model's outputs over time."),
  missing(
    "reward.clip_range",
    undefined,
    "Clips rewards; at ±10 where nothing is set.",
    () => false,
  ),
  missing(
    "train.partial_rollout_enable",
    false,
    "Carries unfinished answers over to the next rollout.",
  ),
  implied("use_bias_correction_kl", false, "OpenRLHF does not multiply the KL term by the ratio."),
];

/** OpenRLHF's PPO on Ray: dotted flags since 0.11, and the flat ones before. */
export const openrlhf: Framework = {
  id: "openrlhf",
  name: "OpenRLHF",
  rules: [
    same({ key: GROUP, field: "num_generations", usual: 1 }),
    sizes,
    same({ key: "train.max_epochs", field: "num_iterations", usual: 1 }),
    derived({
      fields: ["max_steps", "num_train_epochs"],
      keys: { "train.num_episodes": 1 },
      read: (given) => [
        exact(
          "train.num_episodes",
          { num_train_epochs: given.number("train.num_episodes") },
          "Passes over the prompts.",
        ),
      ],
      write: ({ number }) => ({
        settings: { "train.num_episodes": Math.max(1, Math.ceil(number("num_train_epochs"))) },
        notes: {
          ...(number("max_steps") > 0
            ? { max_steps: cannot("OpenRLHF counts passes over the prompts alone.") }
            : {}),
          ...(Number.isInteger(number("num_train_epochs"))
            ? {}
            : { num_train_epochs: nearly("Whole passes alone are counted.") }),
        },
      }),
    }),
    derived({
      fields: ["max_completion_length"],
      keys: { "rollout.max_new_tokens": null, "data.max_len": 2048 },
      note: "without a limit of its own what data.max_len leaves beside the prompt",
      read: (given) =>
        given.value("rollout.max_new_tokens") === null
          ? [
              near(
                "data.max_len",
                { max_completion_length: given.number("data.max_len") },
                "Prompt and completion together; TRL's limit is the completion's.",
              ),
            ]
          : [
              exact("rollout.max_new_tokens", {
                max_completion_length: given.number("rollout.max_new_tokens"),
              }),
              elsewhere("data.max_len", "Prompt and completion together."),
            ],
      write: ({ number }) => ({
        settings: { "rollout.max_new_tokens": number("max_completion_length") },
      }),
    }),
    same({ key: "rollout.temperature", field: "temperature", usual: 1 }),
    same({ key: "rollout.top_p", field: "top_p", usual: 1 }),
    seedRule("train.seed", 42),
    objective,
    clip,
    dual,
    advantage,
    kl,
    entropy,
    same({
      key: "actor.aux_loss_coef",
      field: "router_aux_loss_coef",
      usual: 0,
      codec: asTRL("router_aux_loss_coef"),
    }),
    ...optimizer,
    sampler,
    ...beyond,
  ],
  aliases: ALIASES,
  elsewhere: [
    [
      /^(ref|reward|critic|vllm|ckpt|logger|ds|data|eval|train|rollout|actor|use_ms|algo\.advantage\.(gamma|lambd)|algo\.kl\.horizon)(\.|$)/,
      "The models, the data and how the work is cut.",
    ],
    [
      /^(pretrain|reward_pretrain|remote_rm|prompt_|input_|label_|apply_chat|save_|load_|micro_|max_samples|zero_|bf16|gradient_checkpointing|packing|vllm_|ref_|actor_num|colocate|adam_offload|use_wandb|wandb|flash_attn|enforce|deepspeed|logging|eval_|async|enable_|ring_|n_|normalize|agent_|freezing|value_|critic_|gamma|lambd|l2|lora_|grad_accum|disable_|prompt_max_len|generate_max_len)/,
      "The models, the data and how the work is cut.",
    ],
  ],
  findings,
  spelled: (key) => `--${key}`,
};
