import { beyondDefaults, beyondTRL, type FieldsBeyondTRL } from "../beyond-trl.ts";
import type { Said } from "./mark.ts";
import { cannot, nearly } from "./rules.ts";
import type { Values, Whole } from "./types.ts";

/** A configuration's values of the fields that TRL has not, those that it leaves out included. */
export const beyondIn = (values: Values): Required<FieldsBeyondTRL> =>
  beyondTRL(values as FieldsBeyondTRL);

/** The fields of the advantages: what a rule about them decides. */
export const ADVANTAGE_FIELDS = [
  "scale_rewards",
  "advantage_baseline",
  "advantage_std_eps",
  "advantage_std_unbiased",
  "advantage_std_leave_one_out",
] as const;

/** The mean of the others, and nothing divides: RLOO. */
export const RLOO = { scale_rewards: "none", advantage_baseline: "leave_one_out" } as const;

/** The group's deviation with `eps` added. */
export const byGroup = (eps: number) => ({ scale_rewards: "group", advantage_std_eps: eps });

/** What says how far the policy is from the reference. */
export const KL_FIELDS = ["beta", "kl_estimator", "kl_clamp"] as const;

/** What of a configuration's KL term a framework does otherwise; `does`: where it is not as TRL. */
export function klNotes(
  { values, number }: Whole,
  name: string,
  does: FieldsBeyondTRL,
): Record<string, Said | undefined> {
  if (number("beta") === 0) return {};
  const own = beyondIn(values);
  const { kl_estimator, kl_clamp } = { ...beyondDefaults, ...does };
  return {
    kl_estimator:
      own.kl_estimator === kl_estimator
        ? undefined
        : nearly(`${name} has ${kl_estimator}, not ${own.kl_estimator}.`),
    kl_clamp:
      own.kl_clamp === kl_clamp
        ? undefined
        : nearly(
            `${name} ${kl_clamp === null ? "does not hold the KL term of a token" : `holds the KL term of a token within ±${kl_clamp}`}${own.kl_clamp === null ? "" : `; here it is within ±${own.kl_clamp}`}.`,
          ),
  };
}

/** Weight decay of every parameter, norms and biases included. */
export const everyParameter = (decay: number): Values => ({
  weight_decay: decay,
  ...(decay === 0 ? {} : { decay_norms_and_biases: true }),
});

export const EVERY_PARAMETER =
  "Every parameter decays; transformers, so TRL, leaves out biases and norms.";

/** That a framework decays what a configuration does not. */
export const decayNotes = ({ values, number }: Whole): Record<string, Said | undefined> => ({
  decay_norms_and_biases:
    number("weight_decay") === 0 || beyondIn(values).decay_norms_and_biases
      ? undefined
      : nearly("Every parameter decays, biases and norms too."),
});

/** cispo's floor of a distance below 1, and the distance of a floor; 0: none. */
export const floorOf = (distance: number): number =>
  Math.max(0, Number((1 - distance).toPrecision(12)));

/**
 * A cap for negative advantages alone: TRL's delta where the two are the same, from the upper clip on.
 * @param high The upper clip, a distance from 1.
 */
export const negativeCap = (cap: number | null, high: number): Values =>
  cap === null || cap >= 1 + high ? { delta: cap } : { delta: null, dual_clip: cap };

/** What caps the loss of negative advantages, null for nothing, and what of delta that is not. */
export function capOf(
  { values, number }: Whole,
  name: string,
): { cap: number | null; notes: Record<string, Said | undefined> } {
  const high = values.epsilon_high === null ? number("epsilon") : number("epsilon_high");
  const { dual_clip: dual } = beyondIn(values);
  const delta = typeof values.delta === "number" ? values.delta : null;
  const caps = [delta !== null && delta >= 1 + high ? delta : null, dual];
  const least = Math.min(...caps.map((cap) => cap ?? Infinity));
  return {
    cap: least === Infinity ? null : least,
    notes: {
      delta:
        delta === null || delta >= 1 + high
          ? undefined
          : cannot(
              `delta ${delta} is under 1 + epsilon_high ${1 + high}, where it caps positive advantages; ${name} caps negative ones alone.`,
            ),
    },
  };
}

/** What of a configuration's advantages a framework does otherwise; `does`: where it is not as TRL. */
export function advantageNotes(
  { values, is }: Whole,
  name: string,
  does: FieldsBeyondTRL,
): Record<string, Said | undefined> {
  const own = beyondIn(values);
  const theirs = { ...beyondDefaults, ...does };
  const differs = (field: keyof FieldsBeyondTRL) => own[field] !== theirs[field];
  const divides = !is("scale_rewards", "none");
  const whose = (alone: boolean) => (alone ? "the others" : "the whole group");
  return {
    advantage_baseline: differs("advantage_baseline")
      ? cannot(
          `${name} subtracts the mean of ${whose(theirs.advantage_baseline === "leave_one_out")}.`,
        )
      : undefined,
    advantage_std_eps:
      divides && differs("advantage_std_eps")
        ? nearly(
            `${name} adds ${theirs.advantage_std_eps} to the deviation, not ${own.advantage_std_eps}.`,
          )
        : undefined,
    advantage_std_unbiased:
      divides && differs("advantage_std_unbiased")
        ? nearly(`${name} divides the squares by one less than their number.`)
        : undefined,
    advantage_std_leave_one_out:
      divides && differs("advantage_std_leave_one_out")
        ? cannot(`${name} takes the deviation of ${whose(theirs.advantage_std_leave_one_out)}.`)
        : undefined,
  };
}
