import { create } from "zustand";
import { pause, play } from "./actions.ts";
import type { RunState } from "./run.ts";
import { progressText } from "./readiness.ts";
import { useRun } from "./run-store.ts";

/** Play was pressed before the run is built: it begins when it is. */
export const useBegin = create<{ awaited: boolean }>(() => ({ awaited: false }));

const isBuilt = ({ status }: RunState): boolean => status !== "empty" && status !== "loading";

/** Trains, at once or as soon as the run is built. */
export function begin(): void {
  if (isBuilt(useRun.getState())) play();
  else useBegin.setState({ awaited: true });
}

/** Stands still; what was to begin does not. */
export function halt(): void {
  if (useBegin.getState().awaited) useBegin.setState({ awaited: false });
  else pause();
}

/** Begins what waits, once; another run that is chosen meanwhile is not begun. */
export function followBegin(): void {
  useRun.subscribe((run, before) => {
    if (!useBegin.getState().awaited) return;
    const other = before.run !== null && run.run !== before.run && run.status === "loading";
    const built = isBuilt(run);
    if (!other && !built) return;
    useBegin.setState({ awaited: false });
    if (built && (run.status === "ready" || run.status === "paused")) play();
  });
}

/** "Starting: compiling 14 of 22 kernels". */
export function startingText({ progress }: Pick<RunState, "progress">): string {
  const text = progress === null ? "building the run" : progressText(progress);
  return `Starting: ${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;
}
