import { UserError } from "../base/user-error.ts";
import { nearest } from "../config/nearest.ts";
import { clipsMore } from "./clips-more.ts";
import { epsilonSweep } from "./epsilon-sweep.ts";
import type { Experiment } from "./experiment.ts";
import { lengthBias } from "./length-bias.ts";
import { lengthExponent } from "./length-exponent.ts";
import { onPolicy } from "./on-policy.ts";
import { routingReplay } from "./routing-replay.ts";
import { routingReplayTenth } from "./routing-replay-tenth.ts";
import { spreadOfS } from "./spread-of-s.ts";
import { warmStart } from "./warm-start.ts";

/** Every experiment, in the order in which they are shown. */
export const experiments: readonly Experiment[] = [
  clipsMore,
  onPolicy,
  spreadOfS,
  lengthExponent,
  epsilonSweep,
  lengthBias,
  routingReplay,
  routingReplayTenth,
  warmStart,
];

/** The experiment of this id. Throws a UserError that says which there are. */
export function experimentNamed(id: string): Experiment {
  const found = experiments.find((each) => each.id === id);
  if (found) return found;
  const ids = experiments.map((each) => each.id);
  const guess = nearest(id, ids);
  throw new UserError(
    `There is no experiment named "${id.slice(0, 40)}".`,
    `Choose one of ${ids.join(", ")}${guess === undefined ? "" : `; the nearest is ${guess}`}.`,
    ["experiment"],
  );
}
