import type { StoredRun } from "../runs/stored-run.ts";

/** Colours, each with a mark of its own, that runs are told apart by. */
export const RUN_COLOURS = 8;

/** A run's colour: its own, or by its place in the list, counted from the oldest. */
export function runColour(runs: readonly StoredRun[], run: StoredRun): number {
  if (run.colour !== null) return run.colour;
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
