import { groupBy } from "../base/group-by.ts";
import type { StoredRun } from "./stored-run.ts";

/** A run with those that were continued or duplicated from it, or the seeds of one experiment. */
export type RunNode =
  | { kind: "run"; run: StoredRun; children: readonly RunNode[] }
  /** Two runs or more; those below a member are its children. */
  | { kind: "seeds"; name: string; children: readonly RunNode[] };

/**
 * The runs as a tree: each under its parent where that is among them, seeds of one experiment under
 * one node where the first of them stands. Order is kept. A parent that is its own descendant, as a
 * damaged file may have it, leaves the run at the top.
 */
export function runTree(runs: readonly StoredRun[]): RunNode[] {
  const byId = new Map(runs.map((run) => [run.id, run]));
  const parentOf = (run: StoredRun): string | null => {
    const parent = run.parent?.run ?? null;
    if (parent === null || !byId.has(parent)) return null;
    // Up to the top: a way that comes by the run again is no tree.
    const passed = new Set([run.id]);
    for (let at: string | null = parent; at !== null; at = byId.get(at)?.parent?.run ?? null) {
      if (passed.has(at)) return null;
      passed.add(at);
    }
    return parent;
  };
  const under = groupBy(runs, parentOf);
  const nodes = (parent: string | null): RunNode[] => grouped((under.get(parent) ?? []).map(node));
  const node = (run: StoredRun): RunNode => ({ kind: "run", run, children: nodes(run.id) });
  return nodes(null);
}

/** Members of a seed group that stand side by side, under one node. */
function grouped(nodes: readonly RunNode[]): RunNode[] {
  const groups = groupBy(nodes, groupOf);
  const done = new Set<string>();
  return nodes.flatMap((node) => {
    const name = groupOf(node);
    const members = name === null ? [] : (groups.get(name) ?? []);
    if (name === null || members.length < 2) return [node];
    if (done.has(name)) return [];
    done.add(name);
    return [{ kind: "seeds" as const, name, children: members }];
  });
}

const groupOf = (node: RunNode): string | null => (node.kind === "run" ? node.run.seedGroup : null);

/** Every run of a tree's part, in order. */
export const runsIn = (node: RunNode): StoredRun[] => [
  ...(node.kind === "run" ? [node.run] : []),
  ...node.children.flatMap(runsIn),
];
