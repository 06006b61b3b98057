import { findPreset } from "../config/presets.ts";
import type { RunConfig } from "../config/types.ts";
import { configDiff } from "./config-diff.ts";

/** Differences from the preset that a name has room for. */
const MOST = 2;

/**
 * What a run is called until people call it something: its preset and seed, in what it is not its
 * preset's, and the time, e.g. "Sort, seed 1, learning_rate 0.002, 14:03".
 */
export function runName(run: RunConfig, at: Date): string {
  const preset = findPreset(run.preset);
  const rows = preset === undefined ? [] : configDiff([preset.run, run]);
  const changed = rows.filter(({ field }) => field !== "seed" && field !== "preset");
  const parts = changed.slice(0, MOST).map(({ field, values }) => `${field} ${values[1]}`);
  const more = changed.length - parts.length;
  const two = (n: number): string => String(n).padStart(2, "0");
  return [
    preset?.title ?? run.preset,
    `seed ${run.grpo.seed}`,
    ...parts,
    ...(more > 0 ? [`${more} more`] : []),
    `${two(at.getHours())}:${two(at.getMinutes())}`,
  ].join(", ");
}
