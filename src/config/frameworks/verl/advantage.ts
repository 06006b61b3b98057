import {
  ADVANTAGE_FIELDS,
  advantageNotes,
  beyondIn,
  byGroup,
  KL_FIELDS,
  klNotes,
  RLOO,
} from "../beyond.ts";
import { cannot, derived, elsewhere, exact, near, nearly, none } from "../rules.ts";
import type { Given, Outcome } from "../types.ts";
import { KEY, modeOf } from "./names.ts";

const GRPO: ReadonlySet<string> = new Set(["grpo", "grpo_vectorized"]);
const LEAVES_ONE_OUT: ReadonlySet<string> = new Set(["rloo", "rloo_vectorized"]);

/** What verl adds to the deviation. */
const EPS = 1e-6;

const ESTIMATORS: Readonly<Record<string, string>> = {
  gae: "gae needs a critic, which this is PPO with: no group is compared.",
  reinforce_plus_plus: "REINFORCE++ normalises over the whole batch of token returns.",
  reinforce_plus_plus_baseline:
    "Takes the group's mean and the whole batch's deviation; scale_rewards batch is the nearest.",
  remax: "ReMax takes the reward of a greedy completion for the baseline.",
  opo: "OPO weighs the baseline by length.",
  gpg: "GPG scales by the share of informative groups.",
  grpo_passk: "Gives the advantage to the best completion of a group alone.",
  gdpo: "Normalises each reward by itself; multi_objective_aggregation normalize_then_sum is TRL's.",
};

/** Advantages: whose mean, and what they are divided by. */
export const advantage = derived({
  fields: ADVANTAGE_FIELDS,
  keys: { [KEY.estimator]: "gae", [KEY.byStd]: true },
  note: "the deviation has 1e-6 added to it, TRL's 1e-4; rloo takes the mean of the others",
  read: (given) => [readEstimator(given), readScaling(given)],
  write(whole) {
    const scaling = whole.text("scale_rewards");
    if (scaling === "none" && beyondIn(whole.values).advantage_baseline === "leave_one_out") {
      return { settings: { [KEY.estimator]: "rloo" } };
    }
    return {
      settings: { [KEY.estimator]: "grpo", [KEY.byStd]: scaling !== "none" },
      notes: {
        ...advantageNotes(whole, "verl's grpo", { advantage_std_eps: EPS }),
        ...(scaling === "batch" && {
          scale_rewards: cannot(
            "verl divides by the group's deviation, not by the whole rollout's.",
          ),
        }),
      },
    };
  },
});

function readEstimator(given: Given): Outcome {
  const name = given.word(KEY.estimator);
  if (GRPO.has(name)) return exact(KEY.estimator, {}, "The group's mean is subtracted.");
  if (LEAVES_ONE_OUT.has(name)) {
    return exact(
      KEY.estimator,
      RLOO,
      "The mean of the group's other completions is subtracted, and nothing divides; TRL has RLOOTrainer for it.",
    );
  }
  return none(
    KEY.estimator,
    `${ESTIMATORS[name] ?? `adv_estimator ${name} is none that GRPOTrainer has.`}${given.stated(KEY.estimator) ? "" : " It is verl's default: set adv_estimator=grpo for GRPO."}`,
    ADVANTAGE_FIELDS,
  );
}

function readScaling(given: Given): Outcome {
  if (!GRPO.has(given.word(KEY.estimator))) {
    return elsewhere(KEY.byStd, `Counts under adv_estimator grpo alone.`);
  }
  return given.flag(KEY.byStd)
    ? exact(KEY.byStd, byGroup(EPS), "1e-6 is added to the group's deviation; TRL adds 1e-4.")
    : exact(KEY.byStd, { scale_rewards: "none" });
}

/** The KL term of the loss. */
export const kl = derived({
  fields: KL_FIELDS,
  keys: { [KEY.useKL]: false, [KEY.klCoef]: 0.001, [KEY.klType]: "low_var_kl" },
  note: "low_var_kl is TRL's k3, held within ±10; kl is k1, mse is k2",
  read(given) {
    if (!given.flag(KEY.useKL)) {
      const says = "No effect: use_kl_loss is off.";
      return [
        exact(KEY.useKL, { beta: 0 }, "No KL term and no reference."),
        elsewhere(KEY.klCoef, says),
        elsewhere(KEY.klType, says),
      ];
    }
    const coefficient = given.number(KEY.klCoef);
    return [
      exact(KEY.useKL, {}, "kl_loss_coef counts."),
      exact(KEY.klCoef, { beta: coefficient }),
      klType(given),
    ];
  },
  write(whole) {
    const { values, number, is } = whole;
    const beta = number("beta");
    if (beta === 0) return { settings: { [KEY.useKL]: false } };
    const { kl_estimator } = beyondIn(values);
    return {
      settings: { [KEY.useKL]: true, [KEY.klCoef]: beta, [KEY.klType]: NAMES[kl_estimator] },
      notes: {
        ...klNotes(whole, "verl", {
          kl_estimator,
          kl_clamp: kl_estimator === "k3" ? HELD : null,
        }),
        ...((is("use_bias_correction_kl", true) || values.use_bias_correction_kl === undefined) && {
          use_bias_correction_kl: cannot(
            "verl does not multiply the KL term by the importance ratio.",
          ),
        }),
      },
    };
  },
});

/** verl holds k3 within ± this. */
const HELD = 10;
const NAMES = { k1: "kl", k2: "mse", k3: "low_var_kl" } as const;
const KL: Readonly<Record<string, "k1" | "k2" | "k3" | undefined>> = {
  kl: "k1",
  k1: "k1",
  mse: "k2",
  k2: "k2",
  low_var_kl: "k3",
  k3: "k3",
};

function klType(given: Given): Outcome {
  const type = given.word(KEY.klType);
  const straight = type.endsWith("+");
  const kind = KL[type.replace("+", "")];
  if (kind === undefined) {
    return near(KEY.klType, {}, `${type}: neither k1, k2 nor k3; TRL has k3 alone.`);
  }
  if (straight && kind !== "k2") {
    return near(
      KEY.klType,
      { kl_estimator: "k2" },
      `${kind} with the gradient of k2, straight through: k2 trains the same and shows another value; TRL has k3 alone.`,
    );
  }
  const sets = { kl_estimator: kind, kl_clamp: kind === "k3" ? HELD : null };
  const says = kind === "k3" ? `k3, as TRL's, held within ±${HELD}.` : `${kind}; TRL has k3 alone.`;
  const byRows = ["gspo", "geo_mean"].includes(modeOf(given.word(KEY.mode)));
  const forced = byRows && given.word(KEY.agg) !== "seq-mean-token-mean";
  return forced
    ? near(
        KEY.klType,
        sets,
        `${says} But it is averaged by ${given.word(KEY.agg)} and the ratio term by rows.`,
      )
    : exact(KEY.klType, sets, says);
}

/** The entropy bonus. */
export const entropy = derived({
  fields: ["entropy_coef"],
  keys: { [KEY.entropy]: 0 },
  read(given) {
    const coefficient = given.number(KEY.entropy);
    const sets = { entropy_coef: coefficient };
    const agg = given.word(KEY.agg);
    return [
      coefficient === 0 || agg === "token-mean"
        ? exact(KEY.entropy, sets)
        : near(KEY.entropy, sets, `verl averages entropies by ${agg}, TRL over all tokens.`),
    ];
  },
  write({ number, is, text }) {
    const coefficient = number("entropy_coef");
    const perToken =
      is("importance_sampling_level", "token") && ["dapo", "cispo"].includes(text("loss_type"));
    return {
      settings: { [KEY.entropy]: coefficient },
      ...(coefficient === 0 || perToken
        ? {}
        : {
            notes: {
              entropy_coef: nearly(
                "verl averages entropies by loss_agg_mode, TRL over all tokens.",
              ),
            },
          }),
    };
  },
});
