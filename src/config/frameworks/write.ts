import { isLogging } from "./fields.ts";
import type { FieldValue } from "../field.ts";
import { formatValue } from "../parse-field.ts";
import { findField, trlDefaults } from "../schema.ts";
import type { PlainValue } from "../python/written.ts";
import type { Mark } from "./mark.ts";
import type { Framework, Values, Whole } from "./types.ts";

/** What a field is in what was written, where it is not exactly the same. */
export interface Difference {
  field: string;
  mark: Extract<Mark, "near" | "none">;
  says: string;
}

/** A configuration in a framework's settings. */
export interface InTheirs {
  settings: Readonly<Record<string, PlainValue>>;
  differences: readonly Difference[];
}

/** All values, those of TRL's defaults included. */
export function whole(values: Values): Whole {
  const all = currentNames({ ...trlDefaults, ...values });
  return {
    values: all,
    number: (field) => (typeof all[field] === "number" ? all[field] : 0),
    text: (field) => (typeof all[field] === "string" ? all[field] : ""),
    is: (field, value) => all[field] === value,
  };
}

/** A share of warmup under its name in transformers 5. */
const currentNames = (values: Values): Values =>
  Number(values.warmup_steps) === 0 && Number(values.warmup_ratio) > 0
    ? { ...values, warmup_steps: values.warmup_ratio ?? 0, warmup_ratio: 0 }
    : values;

/** Writes a configuration by a framework's table. */
export function writeSettings(values: Values, framework: Framework): InTheirs {
  const all = whole(values);
  const settings: Record<string, PlainValue> = {};
  const differences: Difference[] = [];
  const covered = new Set<string>();
  for (const { fields, write } of framework.rules) {
    if (write === null) continue;
    for (const field of fields) covered.add(field);
    const { settings: own, notes = {} } = write(all);
    for (const [key, value] of Object.entries(own)) if (value !== undefined) settings[key] = value;
    for (const [field, said] of Object.entries(notes)) {
      if (said && (said.mark === "near" || said.mark === "none")) {
        differences.push({ field, mark: said.mark, says: said.says });
      }
    }
  }
  for (const [field, value] of Object.entries(all.values)) {
    if (covered.has(field) || !matters(field, value)) continue;
    differences.push({
      field,
      mark: "none",
      says: `${formatValue(value)}: ${framework.name} has nothing for it.`,
    });
  }
  return { settings, differences };
}

/** Whether training depends on a field, and its value is not that of doing nothing. */
function matters(name: string, value: FieldValue): boolean {
  if (name === "max_prompt_length") return true;
  const field = findField(name);
  if (!field || field.scope !== "grpo" || isLogging(name)) return false;
  return JSON.stringify(value) !== JSON.stringify(field.trlDefault);
}
