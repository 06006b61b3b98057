import { floorOf, negativeCap } from "../beyond.ts";
import { derived, elsewhere, exact, near, none } from "../rules.ts";
import type { Given, Outcome } from "../types.ts";

const A = (name: string): string => `trainer.algorithm.${name}`;
const TYPE = A("policy_loss_type");
const REDUCTION = A("loss_reduction");
const LEVELS = ["importance_sampling_level", "loss_type"];

const OWN: Readonly<Record<string, string>> = {
  clip_cov:
    "clip_cov leaves out some of the tokens whose covariance of log-prob and advantage is high.",
  kl_cov: "kl_cov puts |Δ| on the tokens with the highest covariance and clips nothing.",
  rollout_is: "rollout_is takes the ratio against the sampler's log-probs.",
  dppo: "dppo masks tokens by how far their probability moved.",
  cross_entropy: "cross_entropy is supervised training.",
  importance_sampling: "importance_sampling has the ratio without a clip.",
};

const CLIPPED: ReadonlySet<string> = new Set(["regular", "dual_clip", "gspo"]);

/** The ratio level and the loss. */
export const objective = derived({
  fields: LEVELS,
  keys: { [TYPE]: "regular", [REDUCTION]: "token_mean" },
  note: "gspo does not choose loss_reduction: token_mean weighs rows by length",
  read: (given) => [readType(given), readReduction(given)],
});

function readType(given: Given): Outcome {
  const type = given.word(TYPE);
  switch (type) {
    case "regular":
    case "dual_clip":
      return exact(TYPE, { importance_sampling_level: "token" });
    case "gspo":
      return exact(
        TYPE,
        { importance_sampling_level: "sequence" },
        "One ratio per completion; each token has its gradient, which comes to the same.",
      );
    case "cispo":
      return exact(
        TYPE,
        { importance_sampling_level: "token", loss_type: "cispo" },
        "The ratio is a capped weight.",
      );
    case "sapo":
      return exact(
        TYPE,
        { importance_sampling_level: "token", loss_type: "sapo" },
        "A soft gate in place of the clip.",
      );
  }
  return none(
    TYPE,
    `${OWN[type] ?? `${type} is none that is known here.`} TRL has no such loss.`,
    LEVELS,
  );
}

const REDUCTIONS: Readonly<Record<string, string>> = {
  token_mean: "dapo",
  sequence_mean: "grpo",
  seq_mean_token_sum_norm: "dr_grpo",
};

function readReduction(given: Given): Outcome {
  const type = given.word(TYPE);
  const name = given.word(REDUCTION);
  if (type === "cispo" || type === "sapo") {
    const own = type === "cispo" ? "token_mean" : "sequence_mean";
    return name === own
      ? exact(REDUCTION, {}, `As TRL's ${type}.`)
      : near(REDUCTION, {}, `TRL's ${type} is averaged as ${own}; here ${name}.`);
  }
  if (!CLIPPED.has(type)) return elsewhere(REDUCTION, `Goes with ${type}.`);
  const loss = REDUCTIONS[name];
  if (loss === undefined) {
    return name === "token_mean_legacy"
      ? near(REDUCTION, { loss_type: "bnpo" }, "The mean over the tokens of each micro-batch.")
      : none(
          REDUCTION,
          `${name} averages over the tokens of each prompt's completions first; TRL has no such loss.`,
          ["loss_type"],
        );
  }
  return loss === "dr_grpo"
    ? near(
        REDUCTION,
        { loss_type: loss },
        "Divides by max_seq_len, prompt included unless it is set; dr_grpo by max_completion_length.",
      )
    : exact(REDUCTION, { loss_type: loss });
}

/** Where ratios are clipped; cispo has limits of its own. */
export const clip = derived({
  fields: ["epsilon", "epsilon_high", "delta", "dual_clip", "cispo_floor"],
  keys: {
    [A("eps_clip_low")]: 0.2,
    [A("eps_clip_high")]: 0.2,
    [A("clip_ratio_c")]: 3,
    [A("cispo.cispo_eps_clip_low")]: 1,
    [A("cispo.cispo_eps_clip_high")]: 4,
    [A("cispo.cispo_anchor")]: "old",
  },
  note: "under cispo the cap is 1 + cispo_eps_clip_high; clip_ratio_c counts under dual_clip alone",
  read(given) {
    const type = given.word(TYPE);
    const clipped = CLIPPED.has(type);
    const cispo = type === "cispo";
    const high = given.number(A("cispo.cispo_eps_clip_high"));
    const low = given.number(A("cispo.cispo_eps_clip_low"));
    const off = (key: string) => elsewhere(key, `${type} does not look at it.`);
    return [
      clipped
        ? exact(A("eps_clip_low"), { epsilon: given.number(A("eps_clip_low")) })
        : off(A("eps_clip_low")),
      clipped
        ? exact(A("eps_clip_high"), { epsilon_high: given.number(A("eps_clip_high")) })
        : off(A("eps_clip_high")),
      type === "dual_clip"
        ? exact(
            A("clip_ratio_c"),
            negativeCap(given.number(A("clip_ratio_c")), given.number(A("eps_clip_high"))),
            "Caps the ratio where the advantage is negative.",
          )
        : off(A("clip_ratio_c")),
      cispo
        ? exact(
            A("cispo.cispo_eps_clip_high"),
            { epsilon_high: 1 + high },
            `The cap is 1 + ${high} = ${1 + high}; TRL's epsilon_high is the cap itself under cispo.`,
          )
        : off(A("cispo.cispo_eps_clip_high")),
      !cispo
        ? off(A("cispo.cispo_eps_clip_low"))
        : low >= 1
          ? exact(A("cispo.cispo_eps_clip_low"), {}, "No floor, as in TRL's cispo.")
          : exact(
              A("cispo.cispo_eps_clip_low"),
              { cispo_floor: floorOf(low) },
              "A floor under the weight; TRL's cispo has none.",
            ),
      cispo && given.word(A("cispo.cispo_anchor")) === "rollout"
        ? near(A("cispo.cispo_anchor"), {}, "The ratio is taken against the sampler's log-probs.")
        : off(A("cispo.cispo_anchor")),
    ];
  },
});

export const sapo = derived({
  fields: ["sapo_temperature_pos", "sapo_temperature_neg"],
  keys: { [A("sapo.tau_pos")]: 1, [A("sapo.tau_neg")]: 1.05 },
  read: (given) =>
    [
      [A("sapo.tau_pos"), "sapo_temperature_pos"],
      [A("sapo.tau_neg"), "sapo_temperature_neg"],
    ].map(([key = "", field = ""]) =>
      given.word(TYPE) === "sapo"
        ? exact(key, { [field]: given.number(key) })
        : elsewhere(key, "Counts under sapo alone."),
    ),
});
