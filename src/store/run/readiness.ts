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

/** Why the run cannot start over from its initial weights, or null when it can. */
export function canReset(run: RunState): string | null {
  const { status, step } = run;
  if (status === "finished") return null;
  const untouched = step === 0 && (status === "ready" || status === "paused");
  return canTrain(run) ?? (untouched ? "The run is at step 0." : null);
}

/** Why no step of the run can be taken again, or null. */
export function canReplay({ source, status, failure, replaying }: RunState): string | null {
  if (source !== "live") return "A recorded run has no weights to try it on; train one step.";
  if (replaying !== null) return "A past step is being reached already.";
  if (status === "loading") return "The run is being built.";
  // After a divergence the weights are the last good ones: everything before can be asked.
  if (status === "failed" && failure?.kind !== "diverged") return failure?.message ?? null;
  return null;
}

/** Why it cannot be said what the other level would have done in a step, or null. */
export function canAskOtherLevel(run: RunState): string | null {
  // Of the page's recorded run it was taken beforehand.
  if (run.source === "recorded" && run.viewedRun === null) return null;
  return canReplay(run);
}

/** "Compiling 14 of 22 kernels". */
export const progressText = ({ what, done, total }: NonNullable<RunState["progress"]>): string =>
  `${what} ${done} of ${total}`;

export const trainsNow = ({ status }: RunState): boolean => status === "playing";
