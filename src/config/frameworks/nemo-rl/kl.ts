import { KL_FIELDS, beyondIn, klNotes } from "../beyond.ts";
import { derived, elsewhere, exact, near, nearly, none } from "../rules.ts";
import type { Given, Outcome } from "../types.ts";

const L = (name: string): string => `loss_fn.${name}`;
const ESTIMATOR = "grpo.adv_estimator.name";
const [BETA, KIND, APPROX, HELD, INPUT, IN_REWARD] = [
  L("reference_policy_kl_penalty"),
  L("reference_policy_kl_type"),
  L("use_on_policy_kl_approximation"),
  L("kl_output_clamp_value"),
  L("kl_input_clamp_value"),
  L("use_kl_in_reward"),
];

export const kl = derived({
  fields: [...KL_FIELDS, "use_bias_correction_kl"],
  keys: {
    [BETA]: 0.01,
    [KIND]: "k3",
    [APPROX]: false,
    [HELD]: 10,
    [INPUT]: 20,
    [IN_REWARD]: false,
  },
  note: "0.01 without a setting; k3 as TRL's, held within ±10",
  read(given) {
    const beta = given.number(BETA);
    const kind = given.word(KIND);
    if (given.flag(IN_REWARD) && beta !== 0) return readInReward(given, beta);
    return [
      elsewhere(IN_REWARD, "The KL term is in the loss."),
      exact(BETA, { beta }),
      kind === "k1" || kind === "k2" || kind === "k3"
        ? exact(
            KIND,
            { kl_estimator: kind },
            kind === "k3" ? "k3, as TRL's." : `${kind}; TRL has k3 alone.`,
          )
        : near(KIND, {}, `${kind}; TRL has k3 alone.`),
      ...readClamps(given, kind),
      given.flag(APPROX)
        ? near(
            APPROX,
            { use_bias_correction_kl: true },
            "Weighs the KL term by the ratio to the sampler's log-probs; TRL by its own ratio.",
          )
        : exact(APPROX, { use_bias_correction_kl: false }),
    ];
  },
  write(whole) {
    const { values, number, is } = whole;
    const { kl_estimator, kl_clamp } = beyondIn(values);
    return {
      settings: {
        [BETA]: number("beta"),
        [KIND]: kl_estimator,
        [APPROX]: number("beta") !== 0 && is("use_bias_correction_kl", true),
        [HELD]: kl_clamp,
        [INPUT]: null,
      },
      notes: {
        ...klNotes(whole, "NeMo RL", { kl_estimator, kl_clamp }),
        ...(is("use_bias_correction_kl", true) && {
          use_bias_correction_kl: nearly(
            "NeMo RL weighs the KL term by the ratio to the sampler's log-probs.",
          ),
        }),
      },
    };
  },
});

/** The loss has no KL term then; reinforce_plus_plus takes it off the rewards, grpo nowhere. */
function readInReward(given: Given, beta: number): Outcome[] {
  const grpo = given.word(ESTIMATOR) === "grpo";
  return [
    none(IN_REWARD, "The KL divergence is taken out of the loss."),
    grpo
      ? exact(BETA, { beta: 0 }, "use_kl_in_reward is on, and grpo's advantages do not look at KL.")
      : none(
          BETA,
          `Takes ${beta} × KL off the rewards; TRL has it in the loss alone (beta).`,
          KL_FIELDS,
        ),
    ...[KIND, HELD, INPUT].map((key) => elsewhere(key, "The loss has no KL term.")),
    exact(APPROX, { use_bias_correction_kl: false }, "The loss has no KL term."),
  ];
}

/** The term is held, and before it the log-ratio, which comes to the same or to a lower limit. */
function readClamps(given: Given, kind: string): Outcome[] {
  const limit = (key: string): number => (given.value(key) === null ? Infinity : given.number(key));
  const [most, input] = [limit(HELD), limit(INPUT)];
  const held = kind === "k2" ? input ** 2 / 2 : input;
  // exp(−u) + u − 1 at the lower end, which k3 reaches last.
  const covered = kind === "k3" && most <= Math.exp(-input) + input - 1;
  const least = kind === "k3" ? most : Math.min(most, held);
  return [
    exact(HELD, { kl_clamp: least === Infinity ? null : least }, "TRL holds nothing."),
    kind !== "k3" || covered || input === Infinity
      ? exact(INPUT, {}, "The limit on the term is reached no later.")
      : near(INPUT, {}, "The log-ratio is held before the term is taken."),
  ];
}
