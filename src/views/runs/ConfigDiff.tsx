import { useMemo, useState } from "react";
import { configDiff } from "../../runs/config-diff.ts";
import { diffText, type DiffForm } from "../../runs/diff-text.ts";
import type { RunConfig } from "../../config/types.ts";
import { useOverlays } from "../../store/library/overlays.ts";
import { runColour } from "../../store/library/run-colours.ts";
import { useRuns } from "../../store/library/runs.ts";
import { useRun } from "../../store/run/run-store.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { Button } from "../controls/Button.tsx";
import { RunMark } from "../controls/RunMark.tsx";

interface Compared {
  id: string;
  name: string;
  colour: number | null;
  run: RunConfig;
}

const FORMS: readonly { id: DiffForm; label: string }[] = [
  { id: "text", label: "text" },
  { id: "latex", label: "LaTeX" },
  { id: "csv", label: "CSV" },
];

/** What differs between the run on screen and those on the charts; what is the same is left out. */
export function ConfigDiff() {
  const compared = useCompared();
  const rows = useMemo(() => configDiff(compared.map(({ run }) => run)), [compared]);
  const [said, setSaid] = useState("");
  const names = compared.map(({ name }) => name);
  const copy = (form: DiffForm, label: string): void => {
    navigator.clipboard.writeText(diffText(rows, names, form)).then(
      () => setSaid(`Copied as ${label}`),
      () => setSaid("The browser does not let this page copy"),
    );
  };
  return (
    <section className="config-diff" aria-labelledby="config-diff-title">
      <h3 id="config-diff-title">What differs</h3>
      {compared.length < 2 ? (
        <p className="runs-empty">
          Draw a run on the charts to see what its configuration has different from the run on
          screen.
        </p>
      ) : rows.length === 0 ? (
        <p className="runs-empty">The configurations are the same.</p>
      ) : (
        <>
          <div
            className="config-diff-scroll"
            tabIndex={0}
            role="group"
            aria-label="What differs, table"
          >
            <table>
              <thead>
                <tr>
                  <th scope="col">field</th>
                  {compared.map(({ id, name, colour }) => (
                    <th key={id} scope="col" title={name}>
                      <span className="config-diff-name">
                        {colour === null ? null : <RunMark colour={colour} />}
                        {name}
                      </span>
                    </th>
                  ))}
                  <th scope="col">TRL default</th>
                </tr>
              </thead>
              <tbody>
                {rows.map(({ field, trlDefault, values }) => (
                  <tr key={field}>
                    <th scope="row">
                      <code>{field}</code>
                    </th>
                    {values.map((value, index) => (
                      <td key={compared[index]!.id} className="num">
                        {value.split(", ").map((part) => (
                          <div key={part}>{part}</div>
                        ))}
                      </td>
                    ))}
                    <td className="num quiet">{trlDefault ?? "–"}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <div className="run-actions">
            <span>Copy as</span>
            {FORMS.map(({ id, label }) => (
              <Button key={id} shape="small" onPress={() => copy(id, label)}>
                {label}
              </Button>
            ))}
            <span role="status">{said}</span>
          </div>
        </>
      )}
    </section>
  );
}

/** The run on screen, then the stored ones on the charts, oldest first. */
function useCompared(): readonly Compared[] {
  const { run: shown } = useScreen();
  const viewedRun = useRun((state) => state.viewedRun);
  const runs = useRuns((state) => state.runs);
  const on = useOverlays((state) => state.on);
  const read = useOverlays((state) => state.read);
  return useMemo(() => {
    const own: Compared[] =
      shown === null
        ? []
        : [{ id: "shown", name: viewedRun?.name ?? "on screen", colour: null, run: shown }];
    const drawn = runs
      .filter(({ id }) => on.includes(id) && id !== viewedRun?.id)
      .toReversed()
      .map((each) => ({
        id: each.id,
        name: each.name,
        colour: runColour(runs, each),
        run: read[each.id]?.run ?? each.run,
      }));
    return [...own, ...drawn];
  }, [shown, viewedRun, runs, on, read]);
}
