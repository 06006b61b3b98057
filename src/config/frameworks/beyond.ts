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
