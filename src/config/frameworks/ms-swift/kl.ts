import { KL_FIELDS, klNotes } from "../beyond.ts";
import { derived, elsewhere, exact, none } from "../rules.ts";
import type { Given, Outcome, Rule } from "../types.ts";

const BETA = "beta";
const IN_REWARD = "kl_in_reward";

/** ms-swift holds the KL term of a token within ± this. */
const HELD = 10;

/** Without a setting the estimator decides; with gdpo it is off in any case. */
export function klIsInReward(given: Given): boolean {
  if (given.word("scale_rewards") === "gdpo") return false;
  const stated = given.value(IN_REWARD);
  return stated == null ? given.word("advantage_estimator") !== "grpo" : given.flag(IN_REWARD);
}

/** beta is the loss's, or with kl_in_reward the rewards'. */
export const kl: Rule = derived({
  fields: KL_FIELDS,
  keys: { [BETA]: 0.04, [IN_REWARD]: null },
  note: "the KL term of a token is held within ±10; with kl_in_reward it is the rewards', as it is with rloo and reinforce_plus_plus where nothing is set",
  read(given) {
    const beta = given.number(BETA);
    const inReward = klIsInReward(given);
    const place: Outcome =
      inReward && beta !== 0 && given.stated(IN_REWARD)
        ? none(IN_REWARD, "The KL divergence is taken off the rewards.")
        : elsewhere(
            IN_REWARD,
            inReward ? "Read with advantage_estimator." : "The KL term is in the loss.",
          );
    if (inReward && beta !== 0) {
      return [
        none(
          BETA,
          `Takes ${beta} × KL off the rewards; TRL has it in the loss alone (beta).`,
          KL_FIELDS,
        ),
        place,
      ];
    }
    return [
      exact(BETA, { beta }),
      ...(beta === 0
        ? []
        : [exact(null, { kl_clamp: HELD }, "The KL term of a token is held within ±10.")]),
      place,
    ];
  },
  write: (whole) => ({
    settings: { [BETA]: whole.number("beta") },
    notes: klNotes(whole, "ms-swift", { kl_clamp: HELD }),
  }),
});
