import { useMemo } from "react";
import { foundRuns } from "../../runs/search.ts";
import { seedSuggestions } from "../../runs/seed-groups.ts";
import { forgetProblem, searchRuns, undoRemove, useRuns } from "../../store/library/runs.ts";
import { setWide, useView } from "../../store/view/view.ts";
import { Button } from "../controls/Button.tsx";
import { plural } from "../../analysis/format.ts";
import { ConfigDiff } from "./ConfigDiff.tsx";
import { RunTable } from "./RunTable.tsx";
import { SeedSuggestion } from "./SeedSuggestion.tsx";
import { StorageLine } from "./StorageLine.tsx";
import "./runs.css";

/** The runs that this browser keeps: to draw on the charts, look at, go on with and compare. */
export function Runs() {
  const { status, runs, problem, removed, search } = useRuns();
  const found = useMemo(() => foundRuns(runs, search), [runs, search]);
  const suggestions = useMemo(() => seedSuggestions(runs), [runs]);
  const wide = useView((view) => view.wide);
  const last = removed.at(-1);
  return (
    <section className="runs" aria-label="Runs">
      <div className="runs-head">
        <input
          type="search"
          className="runs-search"
          placeholder="Name, note, preset, or epsilon=0.03"
          aria-label="Search runs"
          value={search}
          onChange={({ target }) => searchRuns(target.value)}
        />
        <div className="runs-room">
          <StorageLine />
          <Button shape="small runs-widen" pressed={wide} onPress={() => setWide(!wide)}>
            {wide ? "Narrower" : "Wider"}
          </Button>
        </div>
      </div>
      {problem === null ? null : (
        <div className="finding error" role="alert">
          <b>{problem}</b>
          {status === "failed" ? null : (
            <div className="actions">
              <Button shape="small" onPress={forgetProblem}>
                Close
              </Button>
            </div>
          )}
        </div>
      )}
      <p className="runs-undo" role="status">
        {last === undefined ? null : (
          <>
            <span>“{last.name}” is in the bin for a week.</span>
            <Button shape="small" onPress={() => void undoRemove()}>
              Undo
            </Button>
          </>
        )}
      </p>
      {suggestions.map((suggestion) => (
        <SeedSuggestion key={suggestion.runs[0]?.id} {...suggestion} />
      ))}
      {found.length > 0 ? (
        <RunTable runs={found} label={plural(found.length, "run")} />
      ) : (
        <p className="runs-empty">{emptyText(status, search)}</p>
      )}
      <ConfigDiff />
    </section>
  );
}

function emptyText(status: "opening" | "open" | "failed", search: string): string {
  if (status === "opening") return "The runs of this browser are being read.";
  if (status === "failed") return "Training goes on without being kept.";
  return search === ""
    ? "No run is kept yet: each one is, from its first step on."
    : `No run has “${search}” in its name, note, preset or configuration.`;
}
