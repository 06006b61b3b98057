import { findPreset } from "../config/presets.ts";
import type { RunConfig } from "../config/types.ts";
import { configDiff } from "./config-diff.ts";

/**
 * What a run, as it was loaded, has different from its preset: `seed 3, learning_rate 0.002 (Sort)`;
 * `as Sort` where nothing differs.
 */
export function presetDiff(run: RunConfig): string {
  if (run.configKnown === false) return "configuration not known";
  const preset = findPreset(run.preset);
  // Of a version that had another preset.
  if (preset === undefined) return run.preset;
  const rows = configDiff([preset.run, run]);
  if (rows.length === 0) return `as ${preset.title}`;
  return `${rows.map(({ field, values }) => `${field} ${values[1]}`).join(", ")} (${preset.title})`;
}
