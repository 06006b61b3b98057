import { formatValue } from "../config/parse-field.ts";
import { findPreset } from "../config/presets.ts";
import { getField } from "../config/run-fields.ts";
import { fields } from "../config/schema.ts";
import type { StoredRun } from "./stored-run.ts";

/**
 * The runs in which every word of the search is found: in name, note, preset, seed group, status or
 * arms, or in a value that is not TRL's default, as `epsilon`, `0.03` or `epsilon=0.03`.
 */
export function foundRuns(runs: readonly StoredRun[], search: string): readonly StoredRun[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return runs;
  return runs.filter((run) => {
    const text = searchText(run);
    return words.every((word) => text.includes(word));
  });
}

function searchText({ name, note, seedGroup, status, run }: StoredRun): string {
  const preset = findPreset(run.preset)?.title ?? "";
  const arms = run.arms.map((arm) => arm.name);
  const values = fields.flatMap((field) => {
    const own = [null, ...arms].map((arm) => formatValue(getField(run, field.name, arm)));
    const usual = formatValue(field.trlDefault);
    return [...new Set(own)]
      .filter((value) => value !== usual)
      .map((value) => `${field.name}=${value}`);
  });
  return [name, note, run.preset, preset, seedGroup ?? "", status, ...arms, ...values]
    .join("\n")
    .toLowerCase();
}
