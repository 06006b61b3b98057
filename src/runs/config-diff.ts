import { formatValue } from "../config/parse-field.ts";
import { findPreset } from "../config/presets.ts";
import { getField } from "../config/run-fields.ts";
import { fields } from "../config/schema.ts";
import type { RunConfig } from "../config/types.ts";

/** One thing in which runs differ. */
export interface DiffRow {
  field: string;
  /** What TRL would do; null where TRL has no such field. */
  trlDefault: string | null;
  /** One text a run: the value, or `token 0.2, sequence 0.03` where its arms differ. */
  values: readonly string[];
}

/**
 * What differs between two runs or more, in the order of the form; nothing that is the same. A run
 * whose file has no configuration says so, and differs from the others in no field.
 */
export function configDiff(runs: readonly RunConfig[]): DiffRow[] {
  if (runs.length < 2) return [];
  const rows: DiffRow[] = [
    row("preset", null, runs, (run) =>
      isKnown(run) ? (findPreset(run.preset)?.title ?? run.preset) : NOT_KNOWN,
    ),
    row("arms", null, runs, ({ arms }) => arms.map(({ name }) => name).join(", ")),
    ...fields.map(({ name, scope, trlDefault }) => {
      const usual = scope === "grpo" || scope === "export" ? formatValue(trlDefault) : null;
      return row(name, usual, runs, (run) => (isKnown(run) ? valueText(run, name) : NOT_KNOWN));
    }),
  ];
  const differing = rows.filter(
    ({ values }) => new Set(values.filter((_, i) => isKnown(runs[i]))).size > 1,
  );
  return runs.every(isKnown) ? differing : [whetherKnown(runs), ...differing];
}

const NOT_KNOWN = "not known";

const isKnown = (run: RunConfig | undefined): boolean => run?.configKnown !== false;

const whetherKnown = (runs: readonly RunConfig[]): DiffRow =>
  row("configuration", null, runs, (run) => (isKnown(run) ? "known" : "not in its file"));

const row = (
  field: string,
  trlDefault: string | null,
  runs: readonly RunConfig[],
  read: (run: RunConfig) => string,
): DiffRow => ({ field, trlDefault, values: runs.map(read) });

/** What a run has for a field, by arm where they differ. */
function valueText(run: RunConfig, name: string): string {
  const byArm = run.arms.map((arm) => [arm.name, formatValue(getField(run, name, arm.name))]);
  const values = new Set(byArm.map(([, value]) => value));
  if (values.size > 1) return byArm.map(([arm, value]) => `${arm} ${value}`).join(", ");
  return [...values][0] ?? formatValue(getField(run, name));
}
