import { create } from "zustand";
import type { RetainedStep } from "../../record/retained-records.ts";
import type { RunState } from "../run/run.ts";
import { useRun } from "../run/run-store.ts";

/** While training runs, what is on screen changes this often at most: faster cannot be read. */
export const DISPLAY_MS = 200;

/** The kept steps as the views show them; while training runs, a little behind the run's own. */
export const useDisplay = create<{ kept: readonly RetainedStep[] }>(() => ({ kept: [] }));

/** Generations faster than this change the figure only when they are over. */
const GENERATION_MS = 1000;

/**
 * What to show of a run: all of it, or, while rollouts follow each other faster than one can look,
 * up to the last inner step of the last whole generation: where ratios have moved the furthest.
 */
function readable({ kept, status, stepMs, stepsPerGeneration }: RunState): readonly RetainedStep[] {
  if (status !== "playing" || stepMs * stepsPerGeneration > GENERATION_MS) return kept;
  const last = kept.findLastIndex(({ innerStep }) => innerStep + 1 >= stepsPerGeneration);
  return last < 0 ? kept : kept.slice(0, last + 1);
}

/** Keeps the display up with the run, at once when training stands still. */
export function followRun(): void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let shown = 0;
  const show = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    shown = performance.now();
    useDisplay.setState({ kept: readable(useRun.getState()) });
  };
  useRun.subscribe(({ kept, status, source, viewedRun }, before) => {
    if (source !== before.source || viewedRun !== before.viewedRun) {
      // Another run's steps: none of those before may stand under its name.
      show();
    } else if (status !== "playing") {
      if (kept !== useDisplay.getState().kept) show();
    } else if (kept !== useDisplay.getState().kept && timer === null) {
      timer = setTimeout(show, Math.max(0, shown + DISPLAY_MS - performance.now()));
    }
  });
}
