import {
  ADVANTAGE_FIELDS,
  advantageNotes,
  beyondIn,
  byGroup,
  capOf,
  KL_FIELDS,
  klNotes,
  negativeCap,
  RLOO,
} from "../beyond.ts";
import { cannot, derived, elsewhere, exact, near, nearly, none } from "../rules.ts";

const LOSS = "actor.policy_loss_type";
const ESTIMATOR = "algo.advantage.estimator";
const NO_STD = "algo.advantage.no_std_norm";

/** ppo averages over tokens, gspo over each row first. */
export const objective = derived({
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

export const clip = derived({
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

export const dual = derived({
  fields: ["delta", "dual_clip"],
  keys: { "actor.dual_clip": null },
  note: "for negative advantages, under gspo too",
  read(given) {
    const value = given.value("actor.dual_clip");
    if (value === null) return [exact("actor.dual_clip", { delta: null })];
    const band = given.value(BAND);
    const high = Array.isArray(band) ? Number(band[1]) : given.number(CLIP);
    return [
      exact(
        "actor.dual_clip",
        negativeCap(given.number("actor.dual_clip"), high),
        "Caps the ratio where the advantage is negative.",
      ),
    ];
  },
  write(whole) {
    const { cap, notes } = capOf(whole, "OpenRLHF");
    return { settings: cap === null ? {} : { "actor.dual_clip": cap }, notes };
  },
});

/** What group_norm adds to the deviation. */
const EPS = 1e-9;

const ESTIMATORS: Readonly<Record<string, string>> = {
  gae: "gae needs a critic: this is PPO, and no group is compared.",
  reinforce: "REINFORCE++: token returns, normalised over the batch.",
  reinforce_baseline:
    "Takes the group's mean and the whole batch's deviation; scale_rewards batch is the nearest.",
};

export const advantage = derived({
  fields: ADVANTAGE_FIELDS,
  keys: { [ESTIMATOR]: "gae", [NO_STD]: false },
  note: "group_norm, dr_grpo and rloo; 1e-9 is added to the deviation, TRL adds 1e-4",
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
        exact(
          ESTIMATOR,
          byGroup(EPS),
          "GRPO: 1e-9 is added to the group's deviation; TRL adds 1e-4.",
        ),
        other,
      ];
    }
    if (name === "rloo") {
      return [
        exact(
          ESTIMATOR,
          RLOO,
          "The mean of the group's other completions is subtracted, and nothing divides; TRL has RLOOTrainer for it.",
        ),
        other,
      ];
    }
    const usual = given.stated(ESTIMATOR)
      ? ""
      : " It is OpenRLHF's default: set --algo.advantage.estimator group_norm for GRPO.";
    return [
      none(
        ESTIMATOR,
        `${ESTIMATORS[name] ?? `${name} is not known here.`}${usual}`,
        ADVANTAGE_FIELDS,
      ),
      other,
    ];
  },
  write(whole) {
    const scaling = whole.text("scale_rewards");
    if (scaling === "none" && beyondIn(whole.values).advantage_baseline === "leave_one_out") {
      return { settings: { [ESTIMATOR]: "rloo" } };
    }
    return {
      settings: { [ESTIMATOR]: scaling === "none" ? "dr_grpo" : "group_norm" },
      notes: {
        ...advantageNotes(whole, "group_norm", { advantage_std_eps: EPS }),
        ...(scaling === "batch" && {
          scale_rewards: cannot("group_norm divides by the group's deviation."),
        }),
      },
    };
  },
});

/** OpenRLHF holds k2 and k3 within ±10. */
const heldAt = (kind: string): number | null => (kind === "k1" ? null : 10);

const COEF = "algo.kl.init_coef";
const IN_LOSS = "algo.kl.use_loss";
const KIND = "algo.kl.estimator";

export const kl = derived({
  fields: KL_FIELDS,
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
      kind === "k1" || kind === "k2" || kind === "k3"
        ? exact(
            KIND,
            { kl_estimator: kind, kl_clamp: heldAt(kind) },
            kind === "k3" ? "k3, as TRL's, held within ±10." : `${kind}; TRL has k3 alone.`,
          )
        : near(KIND, {}, `${kind}; TRL has k3 alone.`),
    ];
  },
  write(whole) {
    const { number, values } = whole;
    const beta = number("beta");
    if (beta === 0) return { settings: { [COEF]: 0 } };
    const { kl_estimator } = beyondIn(values);
    return {
      settings: { [COEF]: beta, [IN_LOSS]: true, [KIND]: kl_estimator },
      notes: {
        ...klNotes(whole, "OpenRLHF", { kl_estimator, kl_clamp: heldAt(kl_estimator) }),
        ...(values.use_bias_correction_kl !== false && {
          use_bias_correction_kl: cannot("The KL term is not multiplied by the ratio."),
        }),
      },
    };
  },
});

export const entropy = derived({
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
