import type { StorageFacts, WorkerEvent } from "../../worker/protocol.ts";
import type { RunState } from "./run.ts";
import { nothingShown } from "./shown-run.ts";

// A run that stands still: at its beginning, or where it stopped.

/** At step 0. */
export const standing = {
  progress: null,
  failure: null,
  step: 0,
  elapsedMs: 0,
  pace: [],
  stepMs: 0,
} as const;

/** What a fresh run has in storage: nothing, and why, where the browser keeps none at all. */
export const keptNowhere = ({ storage }: RunState): StorageFacts | null =>
  storage?.state === "none" ? storage : null;

/** Why it stands still is in the reason. */
export function idle(
  state: RunState,
  reason: Extract<WorkerEvent, { type: "idle" }>["reason"],
  step: number,
): RunState {
  switch (reason) {
    case "reset":
      return {
        ...state,
        ...(state.source === "live" ? nothingShown : {}),
        ...standing,
        storage: keptNowhere(state),
        notice: null,
        status: "ready",
      };
    case "finished":
      return { ...state, status: "finished", step };
    case "paused":
    case "stepped":
      // A run that failed stands still as well: its failure stays on screen.
      return { ...state, status: state.status === "failed" ? "failed" : "paused", step };
    default:
      return reason satisfies never;
  }
}
