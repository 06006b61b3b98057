import type { Field } from "../field.ts";
import { formatValue, readField } from "../parse-field.ts";
import { getField, setField } from "../run-fields.ts";
import { fields } from "../schema.ts";
import type { GRPOConfig, RunConfig } from "../types.ts";

// What an arm has and TRL's call has not: comments there, and a line each above, which the page reads
// back. Python code never has a word of it.

const beyond = fields.filter(({ scope, removed }) => scope === "grpo" && removed !== undefined);

const isDefault = ({ trlDefault }: Field, value: unknown): boolean =>
  value === undefined || JSON.stringify(value) === JSON.stringify(trlDefault);

/** `# router_replay of this arm: R2`, for each that differs from what TRL does. */
export const beyondNotes = (config: Readonly<GRPOConfig>): string[] =>
  beyond.flatMap((it) => {
    const value = config[it.name as keyof GRPOConfig];
    return isDefault(it, value) ? [] : [`# ${it.name} of this arm: ${formatValue(value ?? null)}`];
  });

/** The run with what a script's notes say of its arm; what they do not name is as in TRL. */
export const withBeyondNotes = (run: RunConfig, source: string): RunConfig =>
  beyond.reduce((noted, it) => {
    const [, text] = new RegExp(`^# ${it.name} of this arm: (\\S{1,40})$`, "m").exec(source) ?? [];
    const value = text === undefined ? undefined : readField(it, text);
    return setField(noted, it.name, value ?? it.trlDefault);
  }, run);

/** The run with what `noted` has of them, where it says nothing itself. */
export const withBeyondOf = (run: RunConfig, noted: RunConfig): RunConfig =>
  beyond
    .filter((it) => isDefault(it, getField(run, it.name)))
    .reduce((whole, { name }) => setField(whole, name, getField(noted, name)), run);
