import { derived, elsewhere, exact, near, none } from "../rules.ts";

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
export const advantage = derived({
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
