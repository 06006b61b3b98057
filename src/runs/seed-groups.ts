import { setField } from "../config/run-fields.ts";
import { groupBy } from "../base/group-by.ts";
import type { StoredRun } from "./stored-run.ts";

/** Runs that could be seeds of one experiment: they differ in the seed and in nothing else. */
export interface SeedSuggestion {
  runs: readonly StoredRun[];
  /** The seeds, in ascending order. */
  seeds: readonly number[];
}

/**
 * The groups that runs without one could form, of two different seeds or more. Runs that were
 * continued or duplicated from another share its past and are no independent sample: they stay out.
 * Of runs with the same seed the first counts.
 */
export function seedSuggestions(runs: readonly StoredRun[]): SeedSuggestion[] {
  const free = runs.filter(({ seedGroup, parent }) => seedGroup === null && parent === null);
  return [...groupBy(free, ({ run }) => sameButForSeed(run)).values()].flatMap((alike) => {
    const bySeed = new Map(
      alike.toReversed().map((each): [number, StoredRun] => [each.run.grpo.seed, each]),
    );
    if (bySeed.size < 2) return [];
    const chosen = new Set(bySeed.values());
    const seeds = [...bySeed.keys()].toSorted((a, b) => a - b);
    return [{ runs: alike.filter((each) => chosen.has(each)), seeds }];
  });
}

/** A name for the group that no other has. */
export function seedGroupName(base: string, taken: ReadonlySet<string>): string {
  let name = `${base}, seeds`;
  for (let n = 2; taken.has(name); n++) name = `${base}, seeds ${n}`;
  return name;
}

const sameButForSeed = (run: StoredRun["run"]): string =>
  JSON.stringify(setField(run, "seed", 0), sortedKeys);

/** Objects that hold the same in another order are the same. */
const sortedKeys = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;
