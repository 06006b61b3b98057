import {
  ADVANTAGE_FIELDS,
  advantageNotes,
  beyondIn,
  byGroup,
  capOf,
  floorOf,
  negativeCap,
} from "../beyond.ts";
import { cannot, derived, elsewhere, exact, near, nearly, none } from "../rules.ts";
import type { Given, Outcome } from "../types.ts";

const L = (name: string): string => `loss_fn.${name}`;
const LEVEL = L("sequence_level_importance_ratios");
const PER_TOKEN = L("token_level_loss");
const CISPO = L("use_cispo");
const NO_RATIO = L("disable_ppo_ratio");
const [MIN, MAX, DUAL] = [L("ratio_clip_min"), L("ratio_clip_max"), L("ratio_clip_c")];

const level = derived({
  fields: ["importance_sampling_level", "loss_type"],
  keys: { [LEVEL]: false, [PER_TOKEN]: true, [CISPO]: false, [NO_RATIO]: false },
  note: "token_level_loss over all tokens (dapo), else over each row first (grpo)",
  read(given) {
    if (given.flag(NO_RATIO))
      return [
        none(
          NO_RATIO,
          "−A log π without a ratio; on-policy any of TRL's losses has its gradient.",
          ["importance_sampling_level", "loss_type"],
        ),
      ];
    const sequence = given.flag(LEVEL);
    return [
      exact(LEVEL, { importance_sampling_level: sequence ? "sequence" : "token" }),
      perToken(given),
      given.flag(CISPO)
        ? exact(
            CISPO,
            { loss_type: "cispo" },
            `The weight is held between 1 − ${given.number(MIN)} and 1 + ${given.number(MAX)}; TRL's cispo has no floor.`,
          )
        : elsewhere(CISPO, "Off."),
      elsewhere(NO_RATIO, "Off: there is a ratio."),
    ];
  },
  write({ text }) {
    const sequence = text("importance_sampling_level") !== "token";
    const loss = text("loss_type");
    const all = loss === "dapo" || loss === "bnpo" || loss === "cispo";
    return {
      settings: {
        [LEVEL]: sequence,
        [PER_TOKEN]: all && !sequence,
        [CISPO]: loss === "cispo" && !sequence,
      },
      notes: {
        ...(text("importance_sampling_level") === "sequence_token"
          ? {
              importance_sampling_level: nearly(
                "Read back as sequence: the same value and gradient.",
              ),
            }
          : {}),
        ...(sequence && loss !== "grpo"
          ? {
              loss_type: nearly(
                `Sequence ratios need token_level_loss false: the mean over each row, as grpo, not ${loss}.`,
              ),
            }
          : {}),
        ...(!sequence && loss === "bnpo"
          ? {
              loss_type: nearly(
                "bnpo divides by the tokens of each micro-batch, NeMo RL by those of the update.",
              ),
            }
          : {}),
        ...(!sequence && !["grpo", "dapo", "bnpo", "cispo"].includes(loss)
          ? { loss_type: cannot(`NeMo RL has no ${loss}: it averages over each row, as grpo.`) }
          : {}),
      },
    };
  },
});

function perToken(given: Given): Outcome {
  if (given.flag(CISPO)) return exact(PER_TOKEN, {}, "Read with use_cispo.");
  if (!given.flag(PER_TOKEN))
    return exact(
      PER_TOKEN,
      { loss_type: "grpo" },
      "The mean over each row's tokens, then over rows.",
    );
  const sets = { loss_type: "dapo" };
  return given.flag(LEVEL)
    ? near(PER_TOKEN, sets, "NeMo RL refuses sequence ratios with token_level_loss.")
    : exact(PER_TOKEN, sets, "The mean over all tokens of an update.");
}

const band = derived({
  fields: ["epsilon", "epsilon_high", "delta", "dual_clip", "cispo_floor"],
  keys: { [MIN]: 0.2, [MAX]: 0.2, [DUAL]: null },
  read(given) {
    const cispo = given.flag(CISPO);
    const dual = given.value(DUAL);
    const cap = Number((1 + given.number(MAX)).toPrecision(12));
    return [
      cispo
        ? exact(
            MIN,
            { cispo_floor: floorOf(given.number(MIN)) },
            "The floor is 1 − this; TRL's cispo has none.",
          )
        : exact(MIN, { epsilon: given.number(MIN) }),
      cispo
        ? exact(
            MAX,
            { epsilon_high: cap },
            `The cap is 1 + ${given.number(MAX)} = ${cap}; TRL's epsilon_high is the cap itself under cispo.`,
          )
        : exact(MAX, { epsilon_high: given.number(MAX) }),
      exact(
        DUAL,
        negativeCap(dual === null ? null : given.number(DUAL), given.number(MAX)),
        dual === null ? "" : "Caps the ratio where the advantage is negative.",
      ),
    ];
  },
  write(whole) {
    const { values, number, is } = whole;
    const high = values.epsilon_high === null ? number("epsilon") : number("epsilon_high");
    const { cap, notes } = capOf(whole, "NeMo RL");
    const cispo = is("loss_type", "cispo") && is("importance_sampling_level", "token");
    return {
      settings: {
        [MIN]: cispo ? floorOf(beyondIn(values).cispo_floor) : number("epsilon"),
        [MAX]: cispo ? Number((high - 1).toPrecision(12)) : high,
        [DUAL]: cap,
      },
      notes,
    };
  },
});

export const objective = [level];
export const clip = [band];

/** What NeMo RL adds to the deviation. */
const EPS = 1e-6;
const LEAVE = "grpo.use_leave_one_out_baseline";
const SCALE = "grpo.normalize_rewards";

export const advantage = derived({
  fields: ADVANTAGE_FIELDS,
  keys: { [LEAVE]: true, [SCALE]: true, "grpo.adv_estimator.name": "grpo" },
  note: "leave-one-out mean and deviation without a setting, which TRL has not; 1e-6 is added to the deviation",
  read(given) {
    const leaves = given.flag(LEAVE);
    const name = given.word("grpo.adv_estimator.name");
    return [
      leaves
        ? exact(
            LEAVE,
            { advantage_baseline: "leave_one_out", advantage_std_leave_one_out: true },
            `The mean and the deviation are those of the other completions of the group${given.stated(LEAVE) ? "" : ", NeMo RL's default"}; GRPOTrainer takes those of all of them.`,
          )
        : exact(LEAVE, {}, "The group's mean, as in TRL."),
      given.flag(SCALE)
        ? exact(SCALE, byGroup(EPS), "1e-6 is added to the deviation; TRL adds 1e-4.")
        : exact(SCALE, { scale_rewards: "none" }),
      name === "grpo"
        ? exact("grpo.adv_estimator.name", {})
        : none("grpo.adv_estimator.name", `${name} is none that GRPOTrainer has.`),
    ];
  },
  write(whole) {
    const scaling = whole.text("scale_rewards");
    const { advantage_baseline } = beyondIn(whole.values);
    const leaves = advantage_baseline === "leave_one_out";
    // One setting is the mean and the deviation.
    const does = {
      advantage_baseline,
      advantage_std_leave_one_out: leaves,
      advantage_std_eps: EPS,
    };
    return {
      settings: { [LEAVE]: leaves, [SCALE]: scaling !== "none" },
      notes: {
        ...advantageNotes(whole, "NeMo RL", does),
        ...(scaling === "batch" && {
          scale_rewards: cannot("NeMo RL divides by the group's deviation."),
        }),
      },
    };
  },
});

const [IS, TYPE, MOST, LEAST] = [
  L("use_importance_sampling_correction"),
  L("truncated_importance_sampling_type"),
  L("truncated_importance_sampling_ratio"),
  L("truncated_importance_sampling_ratio_min"),
];
const MODES: Readonly<Record<string, string>> = {
  tis: "token_truncate",
  icepop: "token_mask",
  "seq-mask-tis": "sequence_mask",
};

export const sampler = derived({
  fields: [
    "vllm_importance_sampling_correction",
    "vllm_importance_sampling_mode",
    "vllm_importance_sampling_clip_max",
    "vllm_importance_sampling_clip_min",
  ],
  keys: { [IS]: false, [TYPE]: null, [MOST]: null, [LEAST]: null },
  read(given) {
    if (!given.flag(IS)) {
      return [
        exact(IS, { vllm_importance_sampling_correction: false }),
        ...[TYPE, MOST, LEAST].map((key) => elsewhere(key, "The correction is off.")),
      ];
    }
    const type = given.word(TYPE) || "tis";
    const mode = MODES[type];
    const most = given.value(MOST);
    return [
      exact(IS, { vllm_importance_sampling_correction: true }),
      most === null
        ? near(
            MOST,
            { vllm_importance_sampling_mode: "token_truncate" },
            "The weights are not cut; TRL's are, at vllm_importance_sampling_clip_max.",
          )
        : exact(MOST, { vllm_importance_sampling_clip_max: given.number(MOST) }),
      mode === undefined
        ? none(TYPE, "It is none that TRL has.", ["vllm_importance_sampling_mode"])
        : exact(TYPE, { vllm_importance_sampling_mode: mode }),
      given.value(LEAST) === null
        ? elsewhere(LEAST, "No floor.")
        : exact(LEAST, { vllm_importance_sampling_clip_min: given.number(LEAST) }),
    ];
  },
  write({ values, text, number }) {
    if (values.vllm_importance_sampling_correction !== true || values.use_vllm !== true)
      return { settings: {} };
    const mode = text("vllm_importance_sampling_mode") || "sequence_mask";
    const type = Object.entries(MODES).find(([, each]) => each === mode)?.[0];
    if (type === undefined)
      return {
        settings: {},
        notes: { vllm_importance_sampling_mode: cannot(`NeMo RL has no ${mode}.`) },
      };
    const least = values.vllm_importance_sampling_clip_min;
    return {
      settings: {
        [IS]: true,
        [TYPE]: type,
        [MOST]:
          values.vllm_importance_sampling_clip_max === undefined
            ? 3
            : number("vllm_importance_sampling_clip_max"),
        ...(typeof least === "number" ? { [LEAST]: least } : {}),
      },
    };
  },
});
