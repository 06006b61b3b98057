import { ADVANTAGE_FIELDS, advantageNotes, beyondIn } from "../beyond.ts";
import { cannot, derived, exact, near, none, same } from "../rules.ts";
import { asTRL } from "../trl-names.ts";
import type { Given, Outcome, Rule } from "../types.ts";
import { klIsInReward } from "./kl.ts";

const TRL: ReadonlySet<string> = new Set(["grpo", "bnpo", "dr_grpo", "dapo", "cispo", "sapo"]);

const loss = derived({
  fields: ["loss_type"],
  keys: { loss_type: "grpo" },
  note: "real and fipo are ms-swift's own; it has no luspo and no vespo",
  read(given) {
    const type = given.word("loss_type");
    return [
      TRL.has(type)
        ? exact("loss_type", { loss_type: type })
        : none("loss_type", OWN[type] ?? `${type} is a loss that is not known here.`, [
            "loss_type",
          ]),
    ];
  },
  write: ({ text }) =>
    TRL.has(text("loss_type"))
      ? { settings: { loss_type: text("loss_type") } }
      : {
          settings: {},
          notes: {
            loss_type: cannot(
              `ms-swift has no ${text("loss_type")}; its own default, grpo, is left in force.`,
            ),
          },
        },
});

const OWN: Readonly<Record<string, string>> = {
  real: "real compares the group's rows by a soft ranking; TRL has no such loss.",
  fipo: "fipo weighs tokens by what comes after them; TRL has no such loss.",
};

const USUAL: Readonly<Record<string, string>> = {
  grpo: "group",
  rloo: "none",
  reinforce_plus_plus: "batch",
};

const advantage = derived({
  fields: [...ADVANTAGE_FIELDS, "multi_objective_aggregation"],
  keys: { advantage_estimator: "grpo", scale_rewards: null },
  note: "without a setting as advantage_estimator has it; gdpo is normalize_then_sum",
  read: (given) => [readEstimator(given), readScaling(given)],
  write(whole) {
    const { values, text } = whole;
    const { advantage_baseline } = beyondIn(values);
    const leaves = advantage_baseline === "leave_one_out";
    return {
      settings: {
        advantage_estimator: leaves ? "rloo" : "grpo",
        // With rloo the KL divergence is taken off the rewards unless this says otherwise.
        ...(leaves ? { kl_in_reward: false } : {}),
        scale_rewards:
          values.multi_objective_aggregation === "normalize_then_sum"
            ? "gdpo"
            : text("scale_rewards"),
      },
      notes: advantageNotes(whole, "ms-swift", { advantage_baseline }),
    };
  },
});

function readEstimator(given: Given): Outcome {
  const name = given.word("advantage_estimator");
  if (name === "grpo") return exact("advantage_estimator", {}, "The group's mean is subtracted.");
  if (name === "rloo") {
    const sets = { advantage_baseline: "leave_one_out" };
    const says =
      "The mean of the group's other completions is subtracted; TRL has RLOOTrainer for it.";
    return given.number("beta") === 0 || !klIsInReward(given)
      ? exact("advantage_estimator", sets, says)
      : near(
          "advantage_estimator",
          sets,
          `${says} The KL divergence is taken off the rewards with it, unless kl_in_reward is false.`,
        );
  }
  return none(
    "advantage_estimator",
    `REINFORCE++ normalises over the whole batch. scale_rewards is ${USUAL[name] ?? "not known"} with it.`,
  );
}

function readScaling(given: Given): Outcome {
  const stated = given.value("scale_rewards");
  const usual = USUAL[given.word("advantage_estimator")] ?? "group";
  if (stated === null)
    return exact(
      "scale_rewards",
      { scale_rewards: usual },
      `Not set: ${usual}, by advantage_estimator.`,
    );
  if (stated === "gdpo") {
    return near(
      "scale_rewards",
      { scale_rewards: "group", multi_objective_aggregation: "normalize_then_sum" },
      "Each reward is normalised by itself: TRL's normalize_then_sum.",
    );
  }
  const read = asTRL("scale_rewards").read(stated ?? null);
  return read === undefined
    ? none("scale_rewards", "It is none that TRL has.", ["scale_rewards"])
    : exact("scale_rewards", { scale_rewards: read });
}

export const losses: readonly Rule[] = [
  same({
    key: "importance_sampling_level",
    field: "importance_sampling_level",
    usual: "token",
    codec: asTRL("importance_sampling_level"),
  }),
  loss,
  advantage,
];
