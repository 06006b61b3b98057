import { cannot, derived, elsewhere, exact, near, nearly, none } from "../rules.ts";
import type { Given, Outcome } from "../types.ts";

const ESTIMATOR = "advantage-estimator";
const PER_TOKEN = "calculate-per-token-loss";
const LOSS = "loss-type";
const REDUCER = "custom-pg-loss-reducer-function-path";

/** One choice is the advantages' and the ratio's: grpo, gspo, cispo. */
export const objective = derived({
  fields: ["importance_sampling_level", "loss_type"],
  keys: { [ESTIMATOR]: "grpo", [PER_TOKEN]: false, [LOSS]: "policy_loss", [REDUCER]: null },
  note: "advantage-estimator chooses the ratio; without calculate-per-token-loss over each row first",
  read: (given) => [readEstimator(given), readPerToken(given), ...readOwn(given)],
  write({ text }) {
    const level = text("importance_sampling_level");
    const loss = text("loss_type");
    if (loss === "cispo" && level === "token")
      return { settings: { [ESTIMATOR]: "cispo", [PER_TOKEN]: true } };
    const perToken = loss === "dapo" || loss === "bnpo";
    return {
      settings: {
        [ESTIMATOR]: level === "token" ? "grpo" : "gspo",
        ...(perToken ? { [PER_TOKEN]: true } : {}),
      },
      notes: {
        ...(level === "sequence_token"
          ? {
              importance_sampling_level: nearly(
                "Read back as sequence: the same value and gradient.",
              ),
            }
          : {}),
        ...(loss === "grpo" || loss === "dapo"
          ? {}
          : {
              loss_type: perToken
                ? nearly(
                    "bnpo divides by the tokens of each micro-batch, slime by those of the update.",
                  )
                : cannot(`slime has no ${loss}: it averages over each row, as grpo.`),
            }),
      },
    };
  },
});

const LOSSES = ["importance_sampling_level", "loss_type"];

function readEstimator(given: Given): Outcome {
  switch (given.word(ESTIMATOR)) {
    case "grpo":
      return exact(ESTIMATOR, { importance_sampling_level: "token" }, "One ratio per token.");
    case "gspo":
      return exact(
        ESTIMATOR,
        { importance_sampling_level: "sequence" },
        "One ratio per completion.",
      );
    case "cispo":
      return given.flag(PER_TOKEN)
        ? exact(
            ESTIMATOR,
            { importance_sampling_level: "token", loss_type: "cispo" },
            "The ratio is a capped weight.",
          )
        : near(
            ESTIMATOR,
            { importance_sampling_level: "token", loss_type: "cispo" },
            "Averaged over each row first; TRL's cispo divides by all tokens.",
          );
    case "ppo":
      return none(ESTIMATOR, "PPO with a critic: no group is compared.", LOSSES);
  }
  return none(
    ESTIMATOR,
    `${given.shown(ESTIMATOR)} takes token returns and normalises over the batch; GRPOTrainer has no such advantages.`,
    LOSSES,
  );
}

/** Functions of a project's own in the loss's place, or in that of its mean. */
function readOwn(given: Given): Outcome[] {
  const loss = given.word(LOSS);
  return [
    loss === "policy_loss"
      ? elsewhere(LOSS, "advantage-estimator chooses the ratio.")
      : none(LOSS, `${loss} takes the place of the clipped loss.`, LOSSES),
    given.value(REDUCER) === null
      ? elsewhere(REDUCER, "Not set: calculate-per-token-loss decides.")
      : none(REDUCER, "A function of its own averages the loss.", ["loss_type"]),
  ];
}

function readPerToken(given: Given): Outcome {
  if (given.word(ESTIMATOR) === "cispo") return exact(PER_TOKEN, {}, "Read with cispo.");
  return given.flag(PER_TOKEN)
    ? exact(PER_TOKEN, { loss_type: "dapo" }, "The mean over all tokens of an update.")
    : exact(PER_TOKEN, { loss_type: "grpo" }, "The mean over each row's tokens, then over rows.");
}
