import { runsIn, type RunNode } from "../../runs/run-tree.ts";
import type { StoredRun } from "../../runs/stored-run.ts";
import { overlay, useOverlays } from "../../store/library/overlays.ts";
import { editRuns } from "../../store/library/runs.ts";
import { Button } from "../controls/Button.tsx";
import { EditableText } from "./EditableText.tsx";
import { RunRow } from "./RunRow.tsx";

/** Runs, each with those that came from it below, and seeds under one heading. */
export function RunTree({ nodes, label }: { nodes: readonly RunNode[]; label?: string }) {
  return (
    <ul className="run-tree" aria-label={label}>
      {nodes.map((node) => (
        <li key={node.kind === "run" ? node.run.id : `seeds ${node.name}`}>
          {node.kind === "run" ? (
            <RunRow run={node.run} />
          ) : (
            <SeedsRow name={node.name} members={membersOf(node)} />
          )}
          {node.children.length === 0 ? null : <RunTree nodes={node.children} />}
        </li>
      ))}
    </ul>
  );
}

/** The seeds of a group, without the runs that came from one of them. */
const membersOf = (node: RunNode): readonly StoredRun[] =>
  runsIn(node).filter(({ seedGroup }) => node.kind === "seeds" && seedGroup === node.name);

function SeedsRow({ name, members }: { name: string; members: readonly StoredRun[] }) {
  const on = useOverlays((state) => state.on);
  const ids = members.map(({ id }) => id);
  const drawn = ids.filter((id) => on.includes(id)).length;
  const seeds = members.map(({ run }) => run.grpo.seed).toSorted((a, b) => a - b);
  return (
    <div className="run-row seeds">
      <input
        type="checkbox"
        aria-label={`Draw the mean of ${name} on the charts`}
        checked={drawn === ids.length}
        ref={(box) => {
          if (box !== null) box.indeterminate = drawn > 0 && drawn < ids.length;
        }}
        onChange={({ target }) => void overlay(ids, target.checked)}
      />
      <EditableText
        label={`Name of the seed group ${name}`}
        value={name}
        required
        onCommit={(seedGroup) => void editRuns(ids, { seedGroup })}
      />
      <Button kind="ghost" shape="small" onPress={() => void editRuns(ids, { seedGroup: null })}>
        Ungroup
      </Button>
      <p className="stored-facts">
        {members.length} seeds: <span className="num">{seeds.join(", ")}</span>
      </p>
    </div>
  );
}
