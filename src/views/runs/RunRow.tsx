import { useMemo } from "react";
import { ago } from "../../analysis/format.ts";
import { byteText } from "../../base/byte-size.ts";
import { presetDiff } from "../../runs/preset-diff.ts";
import type { RunColumn } from "../../runs/run-table.ts";
import type { StoredRun } from "../../runs/stored-run.ts";
import { useOutcomes } from "../../store/library/outcomes.ts";
import { emphasise, overlay, useOverlays } from "../../store/library/overlays.ts";
import { runColour } from "../../store/library/run-colours.ts";
import { editRun, useRuns } from "../../store/library/runs.ts";
import { useRun } from "../../store/run/run-store.ts";
import { RunMark } from "../controls/RunMark.tsx";
import { ArmNumbers } from "./ArmNumbers.tsx";
import { EditableText } from "./EditableText.tsx";
import { Indent } from "./Indent.tsx";
import { type CellsOf, RunCells } from "./RunCells.tsx";
import { RunDetails } from "./RunDetails.tsx";
import { Unfolding } from "./Unfolding.tsx";

interface RunRowProps {
  run: StoredRun;
  depth: number;
  columns: readonly RunColumn[];
}

/** One stored run in a line, and what there is to know of it and to do with it below. */
export function RunRow({ run, depth, columns }: RunRowProps) {
  const runs = useRuns((state) => state.runs);
  const readAt = useRuns((state) => state.readAt);
  const open = useRuns((state) => state.expanded === run.id);
  const drawn = useOverlays((state) => state.on.includes(run.id));
  const arms = useOutcomes((read) => read[run.id]?.arms);
  const training = useRun((state) => state.storage?.id === run.id && state.status === "playing");
  // The one that is looked at, else the page's own once it has taken the place of the recorded one.
  const onScreen = useRun(({ viewedRun, source, storage }) =>
    viewedRun === null ? source === "live" && storage?.id === run.id : viewedRun.id === run.id,
  );
  const differs = useMemo(() => presetDiff(run.run), [run.run]);
  const when = ago(run.updatedAt, readAt);
  const at = new Date(run.updatedAt).toISOString();
  const clipped = <ArmNumbers run={run.run} arms={arms} of="clipped" />;
  const cells: CellsOf = {
    name: {
      is: (
        <>
          <Indent depth={depth} />
          <RunMark colour={runColour(runs, run)} />
          <EditableText
            label={`Name of ${run.name}`}
            value={run.name}
            required
            onCommit={(name) => void editRun(run.id, { name })}
          />
        </>
      ),
    },
    differs: { is: differs, title: differs },
    steps: { is: <span className="num">{run.step}</span>, title: `of ${run.totalSteps}` },
    reward: { is: <ArmNumbers run={run.run} arms={arms} of="reward" /> },
    clipped: { is: clipped },
    when: { is: training ? "in training" : run.status === "failed" ? "failed" : when, title: at },
  };
  return (
    <>
      <tr
        className={onScreen ? "run-row looked" : "run-row"}
        aria-current={onScreen ? "true" : undefined}
        onPointerEnter={() => emphasise(run.id)}
        onPointerLeave={() => emphasise(null)}
      >
        <td className="runs-drawn">
          <input
            type="checkbox"
            aria-label={`Draw ${run.name} on the charts`}
            checked={drawn}
            onChange={({ target }) => void overlay([run.id], target.checked)}
          />
        </td>
        <RunCells columns={columns} cells={cells} />
        <Unfolding id={run.id} name={run.name} open={open} />
      </tr>
      {open ? (
        <tr className="run-unfolded">
          <td colSpan={columns.length + 2}>
            <p className="stored-facts">
              {columns.includes("differs") ? null : `${differs}. `}
              <span className="num">
                {run.step} of {run.totalSteps}
              </span>{" "}
              steps, {training ? "in training" : statusText(run)}
              {onScreen ? ", on screen" : ""}; <span className="num">{byteText(run.bytes)}</span>;{" "}
              <time dateTime={at}>{when}</time>.
              {columns.includes("clipped") ? null : <> Clipped, %: {clipped}</>}
            </p>
            <RunDetails run={run} />
          </td>
        </tr>
      ) : null}
    </>
  );
}

const statusText = ({ status, origin }: StoredRun): string =>
  origin === "imported-log" ? "a log" : origin === "imported-run" ? `${status}, imported` : status;
