import { disagreement } from "../../analysis/disagreement.ts";
import { create } from "zustand";
import type { RetainedStep } from "../../record/retained-records.ts";
import type { RunState } from "../run/run.ts";
import { useRun } from "../run/run-store.ts";

/** While training runs, what is on screen changes this often at most: faster cannot be read. */
const DISPLAY_MS = 200;

/** The kept steps as the views show them; while training runs, a little behind the run's own. */
export const useDisplay = create<{ kept: readonly RetainedStep[] }>(() => ({ kept: [] }));

/** A rollout that is over stands on the figures so long at least while training runs on. */
const HOLD_MS = 2000;

/** Rollouts follow each other faster than one can look. */
const races = ({ status, stepMs, stepsPerGeneration }: RunState): boolean =>
  status === "playing" && stepMs * stepsPerGeneration < HOLD_MS;

/**
 * What to show of a run: all of it, or, where rollouts race, up to the last inner step of one that is
 * over. Of those that ended after step `since` it is the one on which the levels disagree most.
 */
function readable(run: RunState, since: number): readonly RetainedStep[] {
  const { kept, stepsPerGeneration } = run;
  if (!races(run)) return kept;
  const over = [...kept.keys()].filter((i) => kept[i]!.innerStep + 1 >= stepsPerGeneration);
  const fresh = over.filter((i) => kept[i]!.step > since);
  const disagrees = (i: number): number =>
    Object.values(kept[i]!.records).reduce((most, each) => Math.max(most, disagreement(each)), 0);
  const best = fresh.reduce<number | undefined>(
    (found, i) => (found === undefined || disagrees(i) >= disagrees(found) ? i : found),
    undefined,
  );
  const shown = best ?? over.at(-1);
  return shown === undefined ? kept : kept.slice(0, shown + 1);
}

/** Keeps the display up with the run, at once when training stands still. */
export function followRun(): void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let shown = 0;
  const show = (since = -1): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    shown = performance.now();
    useDisplay.setState({ kept: readable(useRun.getState(), since) });
  };
  useRun.subscribe((run, before) => {
    const { kept, status, source, viewedRun } = run;
    const now = useDisplay.getState().kept;
    if (source !== before.source || viewedRun !== before.viewedRun) {
      // Another run's steps: none of those before may stand under its name.
      show();
    } else if (status !== "playing") {
      if (kept !== now) show();
    } else if (kept !== now && timer === null) {
      const wait = races(run) ? HOLD_MS : DISPLAY_MS;
      timer = setTimeout(
        () => show(now.at(-1)?.step ?? -1),
        Math.max(0, shown + wait - performance.now()),
      );
    }
  });
}
