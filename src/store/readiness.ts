import type { RunState } from "./run.ts";

/** Why training cannot go on now, or null when it can. */
export function canTrain({ status, failure, totalSteps, progress }: RunState): string | null {
  switch (status) {
    case "empty":
      return "No run is loaded.";
    case "loading":
      return progress === null ? "The run is being built." : progressText(progress);
    case "failed":
      return failure?.kind === "diverged" ? null : (failure?.message ?? "The run has failed.");
    case "finished":
      return `All ${totalSteps} steps are done: reset, or raise max_steps.`;
    case "ready":
    case "playing":
    case "paused":
      return null;
    default:
      return status satisfies never;
  }
}

/** "Compiling 14 of 22 kernels". */
export const progressText = ({ what, done, total }: NonNullable<RunState["progress"]>): string =>
  `${what} ${done} of ${total}`;

export const trainsNow = ({ status }: RunState): boolean => status === "playing";
