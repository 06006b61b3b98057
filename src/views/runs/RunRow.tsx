import { findPreset } from "../../config/presets.ts";
import { byteText } from "../../base/byte-size.ts";
import type { StoredRun } from "../../runs/stored-run.ts";
import { armMarkers } from "../../store/run/arms.ts";
import { emphasise, overlay, useOverlays } from "../../store/library/overlays.ts";
import { runColour } from "../../store/library/run-colours.ts";
import { editRun, expandRun, useRuns } from "../../store/library/runs.ts";
import { useRun } from "../../store/run/run-store.ts";
import { ArmMark } from "../controls/ArmMark.tsx";
import { Button } from "../controls/Button.tsx";
import { RunMark } from "../controls/RunMark.tsx";
import { ago } from "../../analysis/format.ts";
import { EditableText } from "./EditableText.tsx";
import { RunDetails } from "./RunDetails.tsx";

/** One stored run: its switch for the charts, its name, and what there is to know of it. */
export function RunRow({ run }: { run: StoredRun }) {
  const runs = useRuns((state) => state.runs);
  const readAt = useRuns((state) => state.readAt);
  const open = useRuns((state) => state.expanded === run.id);
  const drawn = useOverlays((state) => state.on.includes(run.id));
  const training = useRun((state) => state.storage?.id === run.id && state.status === "playing");
  // The one that is looked at, else the page's own once it has taken the place of the recorded one.
  const onScreen = useRun(({ viewedRun, source, storage }) =>
    viewedRun === null ? source === "live" && storage?.id === run.id : viewedRun.id === run.id,
  );
  return (
    <div
      className={onScreen ? "run-row looked" : "run-row"}
      role="group"
      aria-label={run.name}
      aria-current={onScreen ? "true" : undefined}
      onPointerEnter={() => emphasise(run.id)}
      onPointerLeave={() => emphasise(null)}
    >
      <input
        type="checkbox"
        aria-label={`Draw ${run.name} on the charts`}
        checked={drawn}
        onChange={({ target }) => void overlay([run.id], target.checked)}
      />
      <RunMark colour={runColour(runs, run)} />
      <EditableText
        label={`Name of ${run.name}`}
        value={run.name}
        required
        onCommit={(name) => void editRun(run.id, { name })}
      />
      <Button
        kind="ghost"
        shape="small icon"
        label={`More about ${run.name}`}
        expanded={open}
        onPress={() => expandRun(open ? null : run.id)}
      >
        <i className={open ? "caret up" : "caret"} aria-hidden="true" />
      </Button>
      <p className="stored-facts">
        <ArmMarks run={run} /> {findPreset(run.run.preset)?.title ?? run.run.preset} ·{" "}
        <span className="num">
          {run.step} of {run.totalSteps}
        </span>{" "}
        · {training ? "in training" : statusText(run)}
        {onScreen ? ", on screen" : ""} · <span className="num">{byteText(run.bytes)}</span> ·{" "}
        <time dateTime={new Date(run.updatedAt).toISOString()}>{ago(run.updatedAt, readAt)}</time>
      </p>
      {open ? (
        <RunDetails run={run} />
      ) : run.note === "" ? null : (
        <p className="run-note">{run.note}</p>
      )}
    </div>
  );
}

/** The marks of a run's arms; their names are in the details. */
function ArmMarks({ run }: { run: StoredRun }) {
  const markers = armMarkers(run.run);
  return (
    <span className="run-arm-marks" title={`Arms: ${Object.keys(markers).join(", ")}`}>
      {Object.entries(markers).map(([arm, marker]) => (
        <ArmMark key={arm} marker={marker} />
      ))}
    </span>
  );
}

const statusText = ({ status, origin }: StoredRun): string =>
  origin === "imported-log" ? "a log" : origin === "imported-run" ? `${status}, imported` : status;
