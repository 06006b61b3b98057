import { ADVANTAGE_FIELDS, negativeCap } from "../beyond.ts";
import { derived, elsewhere, exact, near, none } from "../rules.ts";
import type { Given, Outcome } from "../types.ts";

const LEVEL = "actor.importance_sampling_level";
const SAPO = "actor.use_sapo_loss";

/** The mean over all tokens, whatever the ratio. */
export const objective = derived({
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

export const clip = derived({
  fields: ["epsilon", "epsilon_high", "delta", "dual_clip"],
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
        : exact(
            "actor.c_clip",
            negativeCap(
              given.number("actor.c_clip"),
              high === null ? low : given.number("actor.eps_clip_higher"),
            ),
          ),
    ];
  },
});

const N = (name: string): string => `actor.reward_norm.${name}`;

/** Rewards are normalised, and then advantages once more. */
export const advantage = derived({
  fields: ADVANTAGE_FIELDS,
  keys: {
    [N("mean_level")]: null,
    [N("std_level")]: null,
    [N("mean_leave1out")]: false,
    [N("std_unbiased")]: true,
    [N("eps")]: 1e-5,
    "actor.adv_norm.mean_level": null,
    "actor.adv_norm.std_level": null,
  },
  note: "reward_norm, and adv_norm over the batch once more, which TRL has not",
  read(given) {
    const again = given.word("actor.adv_norm.std_level") || given.word("actor.adv_norm.mean_level");
    return [
      ...readMean(given),
      ...readDeviation(given),
      ...["actor.adv_norm.mean_level", "actor.adv_norm.std_level"].map((key) =>
        again === "" || again === "none"
          ? elsewhere(key, "Off.")
          : none(key, `Advantages are normalised once more over the ${again}; TRL does it once.`),
      ),
    ];
  },
});

/** Whether rewards are compared with the others' mean; a group of one has none. */
const leaves = (given: Given): boolean => given.flag(N("mean_leave1out"));

function readMean(given: Given): Outcome[] {
  const mean = given.word(N("mean_level"));
  const byOthers = leaves(given) && mean === "group";
  return [
    mean === "group"
      ? exact(N("mean_level"), {}, "The group's mean is subtracted.")
      : none(
          N("mean_level"),
          `The mean is ${mean === "" ? "not subtracted" : `that of the ${mean}`}; GRPOTrainer subtracts the group's.`,
        ),
    byOthers && scalingOf(given) === "none"
      ? exact(
          N("mean_leave1out"),
          { advantage_baseline: "leave_one_out" },
          "The mean of the other completions of the group; GRPOTrainer takes that of all.",
        )
      : byOthers
        ? exact(
            N("mean_leave1out"),
            {},
            "Distances from the mean and their deviation grow by n / (n − 1) both: no effect, but for eps.",
          )
        : elsewhere(N("mean_leave1out"), "Off."),
  ];
}

const scalingOf = (given: Given): string => given.word(N("std_level")) || "none";

function readDeviation(given: Given): Outcome[] {
  const scaling = scalingOf(given);
  const details = [N("std_unbiased"), N("eps")];
  if (scaling === "none") {
    return [
      exact(N("std_level"), { scale_rewards: "none" }, "Nothing divides."),
      ...details.map((key) => elsewhere(key, "Nothing divides.")),
    ];
  }
  const eps = given.number(N("eps"));
  const n = given.number("gconfig.n_samples");
  const ofOthers = leaves(given) && scaling === "group" && n > 1;
  const levels = [
    scaling === "group"
      ? exact(N("std_level"), { scale_rewards: "group" })
      : scaling === "batch"
        ? near(
            N("std_level"),
            { scale_rewards: "batch" },
            "The deviation is about the groups' own means; TRL's about the mean of the batch.",
          )
        : none(N("std_level"), "It is no level that TRL has.", ["scale_rewards"]),
  ];
  return [
    ...levels,
    exact(N("std_unbiased"), { advantage_std_unbiased: given.flag(N("std_unbiased")) }),
    exact(
      N("eps"),
      { advantage_std_eps: ofOthers ? (eps * (n - 1)) / n : eps },
      "Added to the deviation; TRL adds 1e-4.",
    ),
  ];
}

export const kl = derived({
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
