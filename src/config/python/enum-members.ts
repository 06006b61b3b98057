import type { Literal } from "./written.ts";

/** transformers' enumerations that a configuration is written with. */
const ENUMS =
  /^(?:\w+\.)*(SchedulerType|IntervalStrategy|EvaluationStrategy|SaveStrategy|HubStrategy|OptimizerNames|ParallelMode|DebugOption)\.([A-Z][A-Z0-9_]*)$/;

/** Members whose value is not their name in small letters. */
const VALUES: Readonly<Record<string, string>> = {
  "OptimizerNames.ADAMW_BNB": "adamw_bnb_8bit",
  "OptimizerNames.LION": "lion_32bit",
  "OptimizerNames.PAGED_ADAMW": "paged_adamw_32bit",
  "OptimizerNames.PAGED_LION": "paged_lion_32bit",
  "SchedulerType.REDUCE_ON_PLATEAU": "reduce_lr_on_plateau",
};

/** The text that a member stands for, e.g. "cosine" for SchedulerType.COSINE; null: it is none. */
export function enumMember(text: string): Literal | null {
  const [, name, member] = ENUMS.exec(text) ?? [];
  if (name === undefined || member === undefined) return null;
  const key = `${name}.${member}`;
  return { value: Object.hasOwn(VALUES, key) ? (VALUES[key] ?? null) : member.toLowerCase() };
}
