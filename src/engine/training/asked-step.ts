import { UserError } from "../../base/user-error.ts";
import type { Snapshot } from "../gpu/snapshot.ts";
import type { LastStep } from "./last-step.ts";
import type { Update } from "./update.ts";

/** An arm of which something is asked about its last step. */
export interface AskedArm {
  arm: string;
  device: GPUDevice;
  update: Update;
  /** The weights and the optimizer's state before that step. */
  before: Snapshot;
  /** Completion columns. */
  columns: number;
  /** Optimizer steps done. */
  done: number;
  last: LastStep | null;
}

/** The arm's last step, whose batch is still in its slots; a UserError where it is not. */
export function lastStepOf({ arm, done, last }: AskedArm): LastStep {
  if (last?.replayable) return last;
  const why =
    done === 0
      ? `The ${arm} arm has taken no step yet.`
      : `The batch of step ${done} is not whole on the GPU: it spans two rollouts, or the run was continued from there.`;
  throw new UserError(why, "Take one more step and ask again.");
}
