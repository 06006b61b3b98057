import type { StoredRun } from "../../runs/stored-run.ts";
import { setBrowserPreference, browserPreferenceList } from "../browser/browser-preference.ts";
import { type RunsState, useRuns } from "./runs.ts";

/** Colours, each with a mark of its own, that runs are told apart by. */
export const RUN_COLOURS = 8;

const KEPT = "ratioscope.run-colours";
/** So many runs' colours are remembered: more than a browser keeps. */
const MOST = 1000;

/** The colours given to runs that have none of their own, by id; those of deleted runs included. */
let given: ReadonlyMap<string, number> = new Map();

/**
 * Gives every run a colour as it comes, and keeps it: no run's colour changes because another one
 * was deleted. They are this browser's, not the runs': an export does not know them.
 */
export function keepColours(): void {
  given = new Map(browserPreferenceList(KEPT, isGiven));
  const give = ({ runs }: RunsState): void => {
    const fresh = runs.filter(({ id }) => !given.has(id)).toReversed();
    if (fresh.length === 0) return;
    const first = ([...given.values()].at(-1) ?? -1) + 1;
    const added = fresh.map(({ id }, i) => [id, (first + i) % RUN_COLOURS] as const);
    given = new Map([...given, ...added].slice(-MOST));
    setBrowserPreference(KEPT, JSON.stringify([...given]));
  };
  give(useRuns.getState());
  useRuns.subscribe(give);
}

const isGiven = (each: unknown): each is [string, number] =>
  Array.isArray(each) &&
  typeof each[0] === "string" &&
  Number.isInteger(each[1]) &&
  each[1] >= 0 &&
  each[1] < RUN_COLOURS;

/** A run's colour: its own, the one it was given, or by its place, counted from the oldest. */
export function runColour(runs: readonly StoredRun[], run: StoredRun): number {
  const colour = run.colour ?? given.get(run.id);
  if (colour !== undefined) return colour;
  const place = runs.findIndex(({ id }) => id === run.id);
  return place < 0 ? 0 : (runs.length - 1 - place) % RUN_COLOURS;
}

/** The colour that the fewest of `taken` have; the run's place decides between equals. */
export function freeColour(
  runs: readonly StoredRun[],
  run: StoredRun,
  taken: readonly StoredRun[],
): number {
  const counts = new Array<number>(RUN_COLOURS).fill(0);
  for (const each of taken) counts[runColour(runs, each)]!++;
  const own = runColour(runs, run);
  const fewest = Math.min(...counts);
  return counts[own] === fewest ? own : counts.indexOf(fewest);
}
