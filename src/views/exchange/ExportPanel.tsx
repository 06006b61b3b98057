import { useMemo, useState } from "react";
import { exportRefusals, type Refusal } from "../../config/python/export-refusals.ts";
import { exported, otherForms } from "../../config/frameworks/export-forms.ts";
import type { Form } from "../../config/python/export.ts";
import { currentRun } from "../../config/processes.ts";
import type { ArmConfig, RunConfig } from "../../config/types.ts";
import { nextRun } from "../../store/changes/commit-field.ts";
import { download } from "../../store/browser/download.ts";
import { closeExchange } from "../../store/library/exchange.ts";
import { useEdits } from "../../store/config/edits.ts";
import { useRun } from "../../store/run/run-store.ts";
import { useMarkers } from "../../store/screen/shown.ts";
import { useView } from "../../store/view/view.ts";
import { ArmMark } from "../controls/ArmMark.tsx";
import { Button } from "../controls/Button.tsx";
import { Picker } from "../controls/Picker.tsx";
import { Segmented } from "../controls/Segmented.tsx";
import { ExportData } from "./ExportData.tsx";

const FORMS: readonly { id: Form; label: string }[] = [
  { id: "trl", label: "TRL script" },
  { id: "unsloth", label: "Unsloth script" },
  { id: "config", label: "GRPOConfig" },
  { id: "yaml", label: "YAML" },
  { id: "json", label: "JSON" },
];

/** One arm's configuration, changes that wait for a reset included, in a form to take along. */
export function ExportPanel() {
  const current = useRun((state) => state.run);
  const pending = useEdits((edits) => edits.pending);
  const run = useMemo(() => {
    const next = current && pending ? nextRun() : null;
    return next && currentRun(next);
  }, [current, pending]);
  const shown = useView((view) => view.arm);
  const [chosen, setChosen] = useState<string | null>(shown);
  const arm = run?.arms.find(({ name }) => name === chosen) ?? run?.arms[0];
  return (
    <section className="card exchange" aria-labelledby="export-title">
      <div className="exchange-head">
        <h2 id="export-title">Export</h2>
        <p>
          The scripts hold the task and its rewards in Python. Pasting any of these into Import
          gives the same configuration, and another trainer&rsquo;s what its comments leave of it.
        </p>
        <Button kind="ghost" onPress={closeExchange}>
          Close
        </Button>
      </div>
      {run === null || arm === undefined ? (
        <p className="quiet">No run is loaded.</p>
      ) : (
        <ExportForms run={run} arm={arm} onArm={setChosen} />
      )}
    </section>
  );
}

interface ExportFormsProps {
  run: RunConfig;
  arm: ArmConfig;
  onArm(name: string): void;
}

function ExportForms({ run, arm, onArm }: ExportFormsProps) {
  const [form, setForm] = useState<string>("trl");
  const [said, setSaid] = useState("");
  const markers = useMarkers();
  const refusals = useMemo(() => exportRefusals(run, arm), [run, arm]);
  const out = useMemo(
    () => (refusals.length > 0 ? null : exported(run, arm, form)),
    [refusals, run, arm, form],
  );
  const choose = (next: string): void => {
    setForm(next);
    setSaid("");
  };
  const copy = (): void => {
    if (out === null) return;
    navigator.clipboard.writeText(out.text).then(
      () => setSaid("Copied"),
      () => setSaid("The browser does not let this page copy: select the text instead"),
    );
  };
  return (
    <>
      <div className="exchange-choices">
        <Segmented
          label="Form"
          segments={FORMS}
          selected={FORMS.find(({ id }) => id === form)?.id ?? null}
          onSelect={choose}
        />
        <Picker
          label="Launch files and other trainers"
          placeholder="Launch files, other trainers"
          choices={otherForms.map(({ id, is }) => ({ id, text: is }))}
          selected={otherForms.find(({ id }) => id === form)?.id ?? null}
          onSelect={choose}
        />
        {run.arms.length < 2 ? null : (
          <Segmented
            label="Arm"
            segments={run.arms.map(({ name }) => ({
              id: name,
              label: (
                <>
                  <ArmMark marker={markers[name] ?? "square"} />
                  {name} arm
                </>
              ),
            }))}
            selected={arm.name}
            onSelect={onArm}
          />
        )}
        {out === null ? null : (
          <>
            <Button kind="primary" onPress={copy}>
              Copy
            </Button>
            <Button
              onPress={() => download(out.fileName, new Blob([out.text], { type: "text/plain" }))}
            >
              Download {out.fileName}
            </Button>
          </>
        )}
        <span role="status">{said}</span>
      </div>
      <ExportData arm={arm.name} />
      {out === null ? (
        <Refused refusals={refusals} />
      ) : (
        <>
          {out.says.map((sentence) => (
            <p key={sentence} className="quiet">
              {sentence}
            </p>
          ))}
          <pre className="exchange-text" tabIndex={0} aria-label={out.fileName}>
            {out.text}
          </pre>
        </>
      )}
    </>
  );
}

/** In place of a text that TRL would not take: why, and what to do. */
function Refused({ refusals }: { refusals: readonly Refusal[] }) {
  return (
    <div role="status">
      <p>There is nothing to take along yet: TRL 1.13 refuses this configuration.</p>
      <ul>
        {refusals.map(({ message, remedy }) => (
          <li key={message}>
            {message} {remedy}
          </li>
        ))}
      </ul>
    </div>
  );
}
