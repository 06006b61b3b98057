import { presetDiff } from "./preset-diff.ts";
import { runsIn, type RunNode } from "./run-tree.ts";
import type { StoredRun } from "./stored-run.ts";

export const RUN_COLUMNS = ["name", "differs", "steps", "reward", "clipped", "when"] as const;
export type RunColumn = (typeof RUN_COLUMNS)[number];

export interface RunSorting {
  by: RunColumn;
  ascending: boolean;
}

/** Least width of the table, in CSS pixels, at which a column has its place. */
const FROM: Readonly<Partial<Record<RunColumn, number>>> = {
  steps: 380,
  differs: 560,
  clipped: 560,
  when: 560,
};

/** The columns that a table of that width has; of the others tells what unfolds from a line. */
export const columnsAt = (width: number): readonly RunColumn[] =>
  RUN_COLUMNS.filter((column) => width >= (FROM[column] ?? 0));

/** The newest run first, as the list comes. */
export const NEWEST_FIRST: RunSorting = { by: "when", ascending: false };

/** What was logged of one arm; NaN: nothing. */
interface Logged {
  reward: number;
  clipped: number;
}

/** What arms of a run came to, by the run's id; absent: not read yet. */
export type Outcomes = Readonly<Record<string, { arms: readonly Logged[] } | undefined>>;

/**
 * What a press on a column's head sorts by: texts upwards first, numbers downwards; then the other
 * way; then newest first again, whose own column has but two ways.
 */
export function nextSorting(now: RunSorting, by: RunColumn): RunSorting {
  const first = by === "name" || by === "differs";
  if (now.by !== by) return { by, ascending: first };
  if (now.ascending === first) return { by, ascending: !first };
  return NEWEST_FIRST;
}

/**
 * A tree's nodes in order, and those below each: a run that came from another stays under it, seeds
 * stay together. Of several arms the largest number counts, of a group of seeds their mean. What is
 * not known comes last, and equal ones keep their order.
 */
export function sortedTree(
  nodes: readonly RunNode[],
  { by, ascending }: RunSorting,
  outcomes: Outcomes,
): RunNode[] {
  const keyed = nodes.map((node): [RunNode, string | number] => [node, keyOf(node, by, outcomes)]);
  const ordered = keyed.toSorted(([, one], [, other]) => compare(one, other, ascending));
  return ordered.map(([node]) => ({
    ...node,
    children: sortedTree(node.children, { by, ascending }, outcomes),
  }));
}

function compare(one: string | number, other: string | number, ascending: boolean): number {
  if (typeof one === "string" || typeof other === "string") {
    const order = String(one).localeCompare(String(other), "en", { numeric: true });
    return ascending ? order : -order;
  }
  if (Number.isNaN(one) || Number.isNaN(other))
    return Number(Number.isNaN(one)) - Number(Number.isNaN(other));
  return ascending ? one - other : other - one;
}

function keyOf(node: RunNode, by: RunColumn, outcomes: Outcomes): string | number {
  if (node.kind === "run") return ofRun(node.run, by, outcomes);
  if (by === "name") return node.name;
  const keys = membersOf(node).map((run) => ofRun(run, by, outcomes));
  const numbers = keys.filter((key) => typeof key === "number");
  if (numbers.length < keys.length) return keys[0] ?? "";
  if (by === "reward" || by === "clipped") return sum(numbers) / numbers.length;
  return Math.max(...numbers);
}

/** The runs of a seed group, without those that came from one of them. */
export const membersOf = (node: RunNode): readonly StoredRun[] =>
  runsIn(node).filter(({ seedGroup }) => node.kind === "seeds" && seedGroup === node.name);

function ofRun(run: StoredRun, by: RunColumn, outcomes: Outcomes): string | number {
  switch (by) {
    case "name":
      return run.name;
    case "differs":
      return presetDiff(run.run);
    case "steps":
      return run.step;
    case "when":
      return run.updatedAt;
    default: {
      const known = (outcomes[run.id]?.arms ?? [])
        .map((arm) => arm[by])
        .filter((value) => !Number.isNaN(value));
      return known.length === 0 ? Number.NaN : Math.max(...known);
    }
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);
