import { findPreset } from "../../config/presets.ts";
import { seedGroupName, type SeedSuggestion as Suggestion } from "../../runs/seed-groups.ts";
import { editRuns, useRuns } from "../../store/library/runs.ts";
import { Button } from "../controls/Button.tsx";

/** Offers to take runs that differ in the seed alone as samples of one experiment. */
export function SeedSuggestion({ runs, seeds }: Suggestion) {
  const all = useRuns((state) => state.runs);
  const first = runs[0];
  if (first === undefined) return null;
  const group = (): void => {
    const taken = new Set(all.flatMap(({ seedGroup }) => (seedGroup === null ? [] : [seedGroup])));
    const base = findPreset(first.run.preset)?.title ?? first.run.preset;
    void editRuns(
      runs.map(({ id }) => id),
      { seedGroup: seedGroupName(base, taken) },
    );
  };
  return (
    <div className="finding info">
      <b>{runs.length} runs differ in nothing but the seed.</b>
      <p>
        Seeds <span className="num">{seeds.join(", ")}</span>. As a group the charts draw their mean
        with a band.
      </p>
      <div className="actions">
        <Button shape="small" onPress={group}>
          Group as {runs.length} seeds
        </Button>
      </div>
    </div>
  );
}
