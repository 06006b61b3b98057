import { Fragment, useEffect, useMemo, useRef, useState } from "react";
import { NEWEST_STEPS } from "../../analysis/arms-verdict.ts";
import { runTree, type RunNode } from "../../runs/run-tree.ts";
import {
  columnsAt,
  membersOf,
  NEWEST_FIRST,
  nextSorting,
  type RunColumn,
  type RunSorting,
  sortedTree,
} from "../../runs/run-table.ts";
import type { StoredRun } from "../../runs/stored-run.ts";
import { readOutcomes, useOutcomes } from "../../store/library/outcomes.ts";
import { useWidth } from "../charts/use-width.ts";
import { RunRow } from "./RunRow.tsx";
import { SeedsRow } from "./SeedsRow.tsx";

interface Head {
  by: RunColumn;
  text: string;
  /** How it is measured. */
  how?: string;
  title: string;
}

const HEADS: readonly Head[] = [
  { by: "name", text: "Run", title: "The run’s mark on the charts, and its name" },
  { by: "differs", text: "Differs", how: "from its preset", title: "What a run has of its own" },
  { by: "steps", text: "Steps", title: "Optimizer steps done" },
  {
    by: "reward",
    text: "Reward",
    how: `newest ${NEWEST_STEPS} steps`,
    title: `Mean reward of the rollouts of the newest ${NEWEST_STEPS} steps, of each arm; sorted by the best arm`,
  },
  {
    by: "clipped",
    text: "Clipped, %",
    how: `newest ${NEWEST_STEPS} steps`,
    title: `Mean share of an arm’s ratios that its clip cut in the newest ${NEWEST_STEPS} steps; sorted by the arm that clips most`,
  },
  { by: "when", text: "When", title: "When it was last trained" },
];

/** Stored runs, one line each: sorted by any column, seeds and what came from a run below it. */
export function RunTable({ runs, label }: { runs: readonly StoredRun[]; label: string }) {
  const [sorting, setSorting] = useState<RunSorting>(NEWEST_FIRST);
  const outcomes = useOutcomes();
  const tree = useMemo(
    () => sortedTree(runTree(runs), sorting, outcomes),
    [runs, sorting, outcomes],
  );
  const box = useRef<HTMLDivElement>(null);
  const columns = columnsAt(useWidth(box));
  useEffect(() => {
    void readOutcomes();
  }, [runs]);
  return (
    <div ref={box}>
      <table className="runs-table" aria-label={label}>
        <thead>
          <tr>
            <th scope="col" className="runs-drawn">
              <span className="visually-hidden">On the charts</span>
            </th>
            {HEADS.filter(({ by }) => columns.includes(by)).map(({ by, text, how, title }) => (
              <th
                key={by}
                scope="col"
                className={`runs-${by}`}
                title={title}
                aria-sort={
                  sorting.by === by ? (sorting.ascending ? "ascending" : "descending") : undefined
                }
              >
                <button type="button" onClick={() => setSorting(nextSorting(sorting, by))}>
                  {text}
                  <span aria-hidden="true">
                    {sorting.by === by ? (sorting.ascending ? " ↑" : " ↓") : ""}
                  </span>
                  {how === undefined ? null : <small>{how}</small>}
                </button>
              </th>
            ))}
            <th scope="col" className="runs-more">
              <span className="visually-hidden">More</span>
            </th>
          </tr>
        </thead>
        <tbody>
          <Lines nodes={tree} depth={0} columns={columns} />
        </tbody>
      </table>
    </div>
  );
}

interface LinesProps {
  nodes: readonly RunNode[];
  depth: number;
  columns: readonly RunColumn[];
}

function Lines({ nodes, depth, columns }: LinesProps) {
  return nodes.map((node) => {
    const seeds = node.kind === "seeds";
    const id = seeds ? `seeds ${node.name}` : node.run.id;
    return (
      <Fragment key={id}>
        {seeds ? (
          <SeedsRow name={node.name} members={membersOf(node)} depth={depth} columns={columns} />
        ) : (
          <RunRow run={node.run} depth={depth} columns={columns} />
        )}
        <Lines nodes={node.children} depth={depth + 1} columns={columns} />
      </Fragment>
    );
  });
}
