import {
  ADVANTAGE_FIELDS,
  advantageNotes,
  beyondIn,
  byGroup,
  capOf,
  KL_FIELDS,
  klNotes,
  negativeCap,
} from "../beyond.ts";
import { cannot, derived, elsewhere, exact, near, nearly, none } from "../rules.ts";
import type { Given, Outcome } from "../types.ts";

export const clip = derived({
  fields: ["epsilon", "epsilon_high", "delta", "dual_clip"],
  keys: { "eps-clip": 0.2, "eps-clip-high": null, "eps-clip-c": null },
  note: "without eps-clip-high both sides are eps-clip",
  read(given) {
    const low = given.number("eps-clip");
    const high = given.value("eps-clip-high") === null ? low : given.number("eps-clip-high");
    const cispo = given.word("advantage-estimator") === "cispo";
    const dual = given.value("eps-clip-c");
    return [
      cispo
        ? elsewhere("eps-clip", "cispo caps from above alone.")
        : exact("eps-clip", { epsilon: low }),
      cispo
        ? near(
            "eps-clip-high",
            { epsilon_high: 1 + high },
            `The cap is 1 + ${high}; TRL's epsilon_high is the cap itself under cispo.`,
          )
        : exact("eps-clip-high", { epsilon_high: high }),
      dual === null
        ? elsewhere("eps-clip-c", "Not set: no dual clip.")
        : exact(
            "eps-clip-c",
            negativeCap(given.number("eps-clip-c"), high),
            "Caps the ratio where the advantage is negative.",
          ),
    ];
  },
  write(whole) {
    const { values, number, is } = whole;
    const high = values.epsilon_high === null ? number("epsilon") : number("epsilon_high");
    const { cap, notes } = capOf(whole, "slime");
    const settings =
      is("loss_type", "cispo") && is("importance_sampling_level", "token")
        ? { "eps-clip-high": Number((high - 1).toPrecision(12)) }
        : { "eps-clip": number("epsilon"), "eps-clip-high": high };
    return {
      settings: {
        ...settings,
        ...(cap === null ? {} : { "eps-clip-c": cap }),
      },
      notes,
    };
  },
});

export const kl = derived({
  fields: [...KL_FIELDS, "use_bias_correction_kl"],
  keys: { "use-kl-loss": false, "kl-loss-coef": 0, "kl-loss-type": "k1", "use-unbiased-kl": false },
  note: "k1 without a setting; k3 is TRL's, low_var_kl the same held within ±10",
  read(given) {
    if (!given.flag("use-kl-loss")) {
      return [
        exact("use-kl-loss", { beta: 0, use_bias_correction_kl: false }, "No KL term."),
        ...["kl-loss-coef", "kl-loss-type", "use-unbiased-kl"].map((key) =>
          elsewhere(key, "use-kl-loss is off."),
        ),
      ];
    }
    const type = given.word("kl-loss-type");
    return [
      exact("use-kl-loss", {}, "kl-loss-coef counts."),
      exact("kl-loss-coef", { beta: given.number("kl-loss-coef") }),
      klType(given, type),
      exact("use-unbiased-kl", { use_bias_correction_kl: given.flag("use-unbiased-kl") }),
    ];
  },
  write(whole) {
    const { number, is, values } = whole;
    if (number("beta") === 0) return { settings: {} };
    const { kl_estimator, kl_clamp } = beyondIn(values);
    // The one that slime holds, after the ratio where there is one.
    const corrected = is("use_bias_correction_kl", true);
    const held = kl_estimator === "k3" && kl_clamp === HELD && !corrected;
    return {
      settings: {
        "use-kl-loss": true,
        "kl-loss-coef": number("beta"),
        "kl-loss-type": held ? "low_var_kl" : kl_estimator,
        ...(corrected ? { "use-unbiased-kl": true } : {}),
      },
      notes: klNotes(whole, "slime", { kl_estimator, kl_clamp: held ? HELD : null }),
    };
  },
});

/** slime holds low_var_kl within ± this. */
const HELD = 10;

function klType(given: Given, type: string): Outcome {
  const says = `${type}${given.stated("kl-loss-type") ? "" : ", slime's default"}`;
  if (type === "k1" || type === "k2") {
    return exact("kl-loss-type", { kl_estimator: type }, `${says}; TRL has k3 alone.`);
  }
  if (type === "k3") return exact("kl-loss-type", {}, "k3, as TRL's.");
  if (type !== "low_var_kl") return near("kl-loss-type", {}, `${says}; TRL has k3 alone.`);
  const sets = { kl_clamp: HELD };
  return given.flag("use-unbiased-kl")
    ? near("kl-loss-type", sets, `k3, as TRL's, held within ±${HELD} after the ratio, not before.`)
    : exact("kl-loss-type", sets, `k3, as TRL's, held within ±${HELD}.`);
}

/** What takes the place of the group's mean and deviation. */
const OWN_ADVANTAGES = [
  [
    "disable-rewards-normalization",
    "The reward itself is the advantage; GRPOTrainer subtracts the group's mean.",
  ],
  ["custom-reward-post-process-path", "A function of its own normalises the rewards."],
  ["custom-advantage-function-path", "A function of its own computes the advantages."],
] as const;

/** What slime adds to the deviation. */
const EPS = 1e-6;

export const advantage = derived({
  fields: ADVANTAGE_FIELDS,
  keys: {
    "disable-grpo-std-normalization": false,
    "disable-rewards-normalization": false,
    "custom-reward-post-process-path": null,
    "custom-advantage-function-path": null,
  },
  note: "the deviation has 1e-6 added to it, TRL's 1e-4; a function of its own may take the place of all of it",
  read: (given) => [
    ...OWN_ADVANTAGES.flatMap(([key, says]) =>
      given.value(key) === null || given.value(key) === false
        ? []
        : [none(key, says, ADVANTAGE_FIELDS)],
    ),
    given.flag("disable-grpo-std-normalization")
      ? exact("disable-grpo-std-normalization", { scale_rewards: "none" })
      : exact(
          "disable-grpo-std-normalization",
          byGroup(EPS),
          "1e-6 is added to the group's deviation; TRL adds 1e-4.",
        ),
  ],
  write: (whole) => ({
    settings: whole.is("scale_rewards", "none") ? { "disable-grpo-std-normalization": true } : {},
    notes: {
      ...advantageNotes(whole, "slime", { advantage_std_eps: EPS }),
      ...(whole.is("scale_rewards", "batch") && {
        scale_rewards: cannot("slime divides by the group's deviation."),
      }),
    },
  }),
});

export const mask = derived({
  fields: ["off_policy_mask_threshold"],
  keys: { "use-opsm": false, "opsm-delta": 1e-4 },
  read: (given) =>
    given.flag("use-opsm")
      ? [
          exact("use-opsm", {}, "opsm-delta counts."),
          exact("opsm-delta", { off_policy_mask_threshold: given.number("opsm-delta") }),
        ]
      : [
          exact("use-opsm", { off_policy_mask_threshold: null }),
          elsewhere("opsm-delta", "use-opsm is off."),
        ],
  write: ({ values, number }) =>
    values.off_policy_mask_threshold === null
      ? { settings: {} }
      : { settings: { "use-opsm": true, "opsm-delta": number("off_policy_mask_threshold") } },
});

export const sampler = derived({
  fields: [
    "vllm_importance_sampling_correction",
    "vllm_importance_sampling_mode",
    "vllm_importance_sampling_clip_max",
    "vllm_importance_sampling_clip_min",
  ],
  keys: { "use-tis": false, "tis-clip": 2, "tis-clip-low": 0 },
  note: "per token, cut at tis-clip",
  read: (given) =>
    given.flag("use-tis")
      ? [
          exact("use-tis", {
            vllm_importance_sampling_correction: true,
            vllm_importance_sampling_mode: "token_truncate",
          }),
          exact("tis-clip", { vllm_importance_sampling_clip_max: given.number("tis-clip") }),
          given.number("tis-clip-low") === 0
            ? elsewhere("tis-clip-low", "No floor, as in TRL's token_truncate.")
            : near("tis-clip-low", {}, "A floor under the weight; TRL's token_truncate has none."),
        ]
      : [
          exact("use-tis", { vllm_importance_sampling_correction: false }),
          elsewhere("tis-clip", "use-tis is off."),
          elsewhere("tis-clip-low", "use-tis is off."),
        ],
  write({ values, text, number }) {
    if (values.vllm_importance_sampling_correction !== true || values.use_vllm !== true)
      return { settings: {} };
    const most =
      values.vllm_importance_sampling_clip_max === undefined
        ? 3
        : number("vllm_importance_sampling_clip_max");
    return {
      settings: { "use-tis": true, "tis-clip": most },
      ...(text("vllm_importance_sampling_mode") === "token_truncate"
        ? {}
        : {
            notes: {
              vllm_importance_sampling_mode: nearly("slime cuts the weight of each token."),
            },
          }),
    };
  },
});

export const replay = derived({
  fields: ["router_replay"],
  keys: { "use-routing-replay": false, "use-rollout-routing-replay": false },
  note: "a mixture's; TRL has none, this page has it",
  read: (given) => {
    const sampled = given.flag("use-rollout-routing-replay");
    const own = given.flag("use-routing-replay");
    return [
      exact("use-routing-replay", { router_replay: sampled ? "R3" : own ? "R2" : "none" }),
      elsewhere(
        "use-rollout-routing-replay",
        sampled ? "Read with use-routing-replay: R3." : "Off.",
      ),
    ];
  },
  write: ({ text }) => {
    const mode = text("router_replay");
    return {
      settings:
        mode === "R3"
          ? { "use-rollout-routing-replay": true }
          : mode === "R2"
            ? { "use-routing-replay": true }
            : {},
    };
  },
});
