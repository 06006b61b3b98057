import type { FieldValue } from "../field.ts";
import { largeValue } from "../large-scale.ts";
import { armConfig, type RunConfig } from "../types.ts";
import type { Paste } from "../python/paste.ts";
import type { ForeignPaste } from "./foreign.ts";
import type { Source } from "./targets.ts";
import type { Values } from "./types.ts";

export const isForeign = (paste: Paste): paste is ForeignPaste => "foreign" in paste;

/** Every value of a run's first arm, with those that a text had in place of the page's. */
export function valuesOf(run: RunConfig): Values {
  const [arm] = run.arms;
  const config = arm === undefined ? run.grpo : armConfig(run, arm);
  const values: Record<string, FieldValue> = { ...run.exportOnly } as Record<string, FieldValue>;
  for (const [name, value] of Object.entries(config)) {
    values[name] = largeValue(run, config, name) ?? (value as FieldValue);
  }
  return values;
}

/** What a text that was read has, in TRL's names, for writing it down elsewhere. */
export const sourceValues = (paste: Paste): Values =>
  isForeign(paste) ? paste.foreign.values : valuesOf(paste.run);

/** Whose text it was, and what of it was said. */
export function sourceOf(paste: Paste): Source {
  if (isForeign(paste)) {
    return { name: paste.foreign.framework.name, told: paste.foreign.told };
  }
  return { name: paste.defaults === "unsloth" ? "Unsloth" : "TRL", told: [] };
}
