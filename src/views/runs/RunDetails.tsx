import { formatValue } from "../../config/parse-field.ts";
import type { StoredRun } from "../../runs/stored-run.ts";
import { withChanges } from "../../runs/with-changes.ts";
import { continueRun } from "../../store/library/continue.ts";
import { armMarkers } from "../../store/run/arms.ts";
import { exportData } from "../../store/library/files.ts";
import { closeStoredRun, openStoredRun } from "../../store/library/open-run.ts";
import { runColour } from "../../store/library/run-colours.ts";
import { duplicateRun, editRun, removeRun, useRuns } from "../../store/library/runs.ts";
import { useRun } from "../../store/run/run-store.ts";
import { useStoredEvents } from "../../store/library/stored-events.ts";
import { ArmMark } from "../controls/ArmMark.tsx";
import { Button } from "../controls/Button.tsx";
import { clock } from "../../analysis/format.ts";
import { ColourChoice } from "./ColourChoice.tsx";
import { EditableText } from "./EditableText.tsx";

/** A run's arms, note and colour, and what can be done with it. */
export function RunDetails({ run }: { run: StoredRun }) {
  const runs = useRuns((state) => state.runs);
  const looked = useRun((state) => state.viewedRun?.id === run.id);
  const own = useRun((state) => state.storage?.id === run.id);
  const parent = runs.find(({ id }) => id === run.parent?.run);
  return (
    <div className="run-details">
      <Arms run={run} />
      <EditableText
        label={`Note on ${run.name}`}
        value={run.note}
        placeholder="Note"
        multiline
        onCommit={(note) => void editRun(run.id, { note })}
      />
      <ColourChoice
        label={`Colour of ${run.name}`}
        selected={runColour(runs, run)}
        onSelect={(colour) => void editRun(run.id, { colour })}
      />
      <p className="stored-facts">
        {run.parent === null ? null : (
          <>
            From {parent === undefined ? "a run that is gone" : `“${parent.name}”`}, step{" "}
            <span className="num">{run.parent.step}</span>.{" "}
          </>
        )}
        Trained on {run.adapter}
        {run.family === undefined ? null : ` with ${run.family} tiles`} for{" "}
        <span className="num">{clock(run.elapsedMs / 1000)}</span>,{" "}
        <span className="num">{run.tokens.toLocaleString("en")}</span> tokens.
        {run.thinned === null ? null : <> {run.thinned}</>}
      </p>
      <div className="run-actions">
        <Button
          shape="small"
          onPress={() => continueRun(run.id)}
          disabledBecause={own ? OWN : whyNotContinued(run)}
        >
          Continue
        </Button>
        <Button
          shape="small"
          onPress={() => (looked ? closeStoredRun() : void openStoredRun(run))}
          disabledBecause={run.step === 0 ? "It has no step to look at yet." : null}
        >
          {looked ? "Close" : "Open"}
        </Button>
        <Button shape="small" onPress={() => void duplicateRun(run.id)}>
          Duplicate
        </Button>
        <Button shape="small" onPress={() => void exportData("run", run.id)}>
          Save as file
        </Button>
        <Button
          shape="small"
          onPress={() => void removeRun(run)}
          disabledBecause={own ? OWN : null}
        >
          Delete
        </Button>
      </div>
    </div>
  );
}

const OWN = "It is the run of this page.";

function whyNotContinued(run: StoredRun): string | null {
  if (run.origin === "imported-log") return "A log has no weights to go on with.";
  return run.status === "finished" ? `All ${run.totalSteps} steps are done.` : null;
}

/** The arms of a run as they stand after its live changes, what each has of its own, and when. */
function Arms({ run }: { run: StoredRun }) {
  const events = useStoredEvents(run);
  const now = withChanges(run.run, events);
  const markers = armMarkers(now);
  const changes = events.filter(({ kind }) => kind === "change");
  return (
    <>
      <ul className="run-arms" aria-label={`Arms of ${run.name}`}>
        {now.arms.map(({ name, overrides }) => (
          <li key={name}>
            <ArmMark marker={markers[name] ?? "square"} />
            <span>{name}</span>
            <code>
              {Object.entries(overrides)
                .filter(
                  ([field]) => field !== "importance_sampling_level" || overrides[field] !== name,
                )
                .map(([field, value]) => `${field} ${formatValue(value)}`)
                .join(", ")}
            </code>
          </li>
        ))}
      </ul>
      {changes.length === 0 ? null : (
        <ul className="run-arms" aria-label={`Changes of ${run.name}`}>
          {changes.map(({ at, step, arm, text }) => (
            <li key={at}>
              <span className="num">
                Step {step}
                {arm === null ? null : `, ${arm}`}
              </span>
              <code>{text}</code>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
