import { expect, test } from "vitest";
import { runFrom } from "../../src/config/run-from.ts";
import { presetDiff } from "../../src/runs/preset-diff.ts";
import {
  columnsAt,
  NEWEST_FIRST,
  nextSorting,
  type RunColumn,
  type Outcomes,
  sortedTree,
} from "../../src/runs/run-table.ts";
import { runsIn, runTree } from "../../src/runs/run-tree.ts";
import { storedRun } from "../support/stored-run.ts";

const runs = [
  storedRun({ id: "a", name: "Run 10", step: 4, updatedAt: 3, run: runFrom("sort") }),
  storedRun({ id: "b", name: "Run 9", step: 8, updatedAt: 1, run: runFrom("count") }),
  storedRun({ id: "c", name: "copy", step: 99, updatedAt: 9, parent: { run: "b", step: 4 } }),
  storedRun({ id: "d", name: "s1", step: 2, updatedAt: 4, seedGroup: "seeds" }),
  storedRun({ id: "e", name: "s2", step: 6, updatedAt: 2, seedGroup: "seeds" }),
];
const logged = (...rewards: number[]) => ({
  arms: rewards.map((reward) => ({ reward, clipped: 1 - reward })),
});
const outcomes: Outcomes = {
  a: logged(0.3, 0.5),
  b: logged(Number.NaN),
  c: logged(0.9),
  d: logged(0.2),
  e: logged(0.6),
};
const order = (by: RunColumn, ascending: boolean): string =>
  sortedTree(runTree(runs), { by, ascending }, outcomes)
    .flatMap(runsIn)
    .map(({ id }) => id)
    .join("");

test.each([
  // The best arm counts, of seeds the mean; what is not known comes last either way.
  ["reward", false, "aedbc"],
  ["reward", true, "deabc"],
  ["clipped", false, "adebc"],
  // What came from a run stays under it; of seeds the greatest counts.
  ["steps", false, "bceda"],
  ["steps", true, "adebc"],
  ["when", false, "deabc"],
  // Numbers in names count as numbers.
  ["name", true, "bcade"],
  ["name", false, "edabc"],
] as const)("sorted by %s, ascending %s", (by, ascending, expected) => {
  expect(order(by, ascending)).toBe(expected);
});

test("a press, another and a third: down, up, newest first; texts begin upwards", () => {
  const presses = (by: RunColumn) => {
    const first = nextSorting(NEWEST_FIRST, by);
    const second = nextSorting(first, by);
    return [first, second, nextSorting(second, by)];
  };
  expect(presses("reward")).toEqual([
    { by: "reward", ascending: false },
    { by: "reward", ascending: true },
    NEWEST_FIRST,
  ]);
  expect(presses("name").map(({ ascending }) => ascending)).toEqual([true, false, false]);
  expect(nextSorting(NEWEST_FIRST, "when")).toEqual({ by: "when", ascending: true });
});

test("what a run has different from its preset, in a line", () => {
  expect(presetDiff(runFrom("sort"))).toBe("as Sort, off-policy ×4");
  const own = runFrom("sort", { seed: 3, set: { learning_rate: "2e-3" } });
  expect(presetDiff(own)).toBe("learning_rate 0.002, seed 3 (Sort, off-policy ×4)");
  const wide = runFrom("sort", { set: { "sequence.epsilon": "0.05" } });
  expect(presetDiff(wide)).toBe("epsilon token 0.2, sequence 0.05 (Sort, off-policy ×4)");
  expect(presetDiff({ ...own, preset: "gone" })).toBe("gone");
  expect(presetDiff({ ...own, configKnown: false })).toBe("configuration not known");
});

test("a narrow table keeps names and rewards", () => {
  expect(columnsAt(0)).toEqual(["name", "reward"]);
  expect(columnsAt(380)).toEqual(["name", "steps", "reward"]);
  expect(columnsAt(560)).toHaveLength(6);
});
