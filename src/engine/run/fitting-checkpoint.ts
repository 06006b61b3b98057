import { UserError } from "../../base/user-error.ts";
import { FORMER_FAMILY } from "../gpu/family.ts";
import {
  type AnyRunCheckpoint,
  type RunCheckpoint,
  upgradeCheckpoint,
} from "../training/checkpoint.ts";
import type { Run } from "./run.ts";

/** The checkpoint as this version has it; a UserError where the run cannot go on from it. */
export function fittingCheckpoint(
  stored: AnyRunCheckpoint,
  run: Pick<Run, "arms" | "family">,
): RunCheckpoint {
  const checkpoint = upgradeCheckpoint(stored);
  const { arms, family = FORMER_FAMILY } = checkpoint;
  const names = arms.map(({ arm }) => arm.name).join(", ");
  const own = run.arms.map(({ name }) => name).join(", ");
  if (names !== own) {
    throw new UserError(
      `The checkpoint has the arms ${names}; the run has ${own}.`,
      "Set the run up from the checkpoint's own configuration.",
    );
  }
  if (family !== run.family) {
    throw new UserError(
      `The checkpoint was trained with ${family} tiles; the run has ${run.family} tiles, and other last digits.`,
      `Set the run up with the family "${family}".`,
    );
  }
  return checkpoint;
}
