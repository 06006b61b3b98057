import type { Field, FieldValue } from "../field.ts";
import type { Patch } from "../finding.ts";
import { sameOptimizer } from "../large-scale.ts";
import { bounds, formatValue, number, parseField } from "../parse-field.ts";
import { fields, findField, isSettingOfTRL, valueSchema } from "../schema.ts";
import { unknownName } from "../reading/unknown-names.ts";
import { excerpt, type PlainValue, type Written } from "./written.ts";

/**
 * What becomes of a setting: in force as written; in force as near as this page gets; kept for the
 * export; no field at all; refused, and something else stays in force; or not read, because what it
 * is can only be known by running the text.
 */
export type Outcome = "applied" | "limited" | "kept" | "unknown" | "refused" | "unread";

/** One setting of a text, and what became of it. */
export interface Settled {
  name: string;
  /** From 1; null for a default that is not written but cannot be in force here. */
  line: number | null;
  text: string;
  outcome: Outcome;
  /** What is in force for the field now; undefined where there is no field. */
  used: FieldValue | undefined;
  /** The text's own value where the page runs with another: it goes to the export. */
  large?: FieldValue;
  /** Why, one sentence; empty where it was taken as written. */
  note: string;
  /** What was probably meant, for one click. */
  patch: Patch | null;
}

/** Settings that a configuration of TRL takes. */
export const settings: readonly Field[] = fields.filter(isSettingOfTRL);

/** What a setting is decided with. */
export interface Circumstances {
  /** The field's value if the setting is not taken. */
  inForce(name: string): FieldValue;
  /** Whether numbers may be written as texts: TRL's parsers turn them into numbers. */
  textual: boolean;
  /** Most tokens that a completion can have here. */
  longest: number;
  /** The reward functions that weights are for; null: the script's own, which the page has not. */
  rewards: readonly string[] | null;
}

/** Decides about one setting. */
export function settle(written: Written, given: Circumstances): Settled {
  const { name, line, text, literal, from } = written;
  if (SECRETS.has(name)) return secret(written);
  const field = findField(name);
  if (!field || !settings.includes(field)) return unknown(written);
  const base = { name, line, text, patch: null };
  const stays = given.inForce(name);
  if ("problem" in literal) {
    const note = `Line ${line}: ${name} ${literal.problem}, so nothing is said here that rests on it; Load takes ${formatValue(stays)}.`;
    return { ...base, outcome: "unread", used: stays, note };
  }

  const value = asField(field, literal.value, given.textual);
  const near = value === undefined ? null : standIn(field, value, given);
  if (near) return { ...base, ...near };
  if (value === undefined || !valueSchema(field.type).safeParse(value).success) {
    const note = `Line ${line}: ${name} takes ${bounds(field.type)}; ${text} is not, so nothing is said here that rests on it; Load takes ${formatValue(stays)}.`;
    return { ...base, outcome: "refused", used: stays, note };
  }
  const outcome = field.scope === "export" ? "kept" : "applied";
  const note = noteOn(field) || (from === undefined ? "" : `${formatValue(value)} is ${from}.`);
  return { ...base, outcome, used: value, note };
}

/** Settings that hold a password: links and exports are for showing around. */
const SECRETS: ReadonlySet<string> = new Set(["hub_token", "push_to_hub_token"]);

const secret = ({ name, line }: Written): Settled => ({
  name,
  line,
  text: "…",
  outcome: "unknown",
  used: undefined,
  note: `Line ${line}: ${name} is a secret and was not kept; write it into your own script, or log in.`,
  patch: null,
});

/** A value as the field's type has it; undefined where it is of another type. */
function asField(
  { name, type }: Field,
  value: PlainValue,
  textual: boolean,
): FieldValue | undefined {
  if (type.kind === "enum" && typeof value !== "object") {
    return type.aliases?.[String(value).toLowerCase()] ?? value;
  }
  if (typeof value === "string") {
    // Maps may come as JSON text; a path is left as it is.
    const parses = type.kind === "map" || (textual && PARSED.has(type.kind));
    const parsed = parses ? parseField(name, value) : { value };
    if ("value" in parsed) return parsed.value;
    // A number that is beyond the page's bounds is one all the same: something may stand in for it.
    return type.kind === "map" ? undefined : ((parses && numberIn(type, value)) ?? value);
  }
  if (type.kind === "words" && isList(value)) {
    const texts = value.filter((item) => typeof item === "string");
    if (texts.length !== value.length) return undefined;
    if (texts.length > 1) return texts;
    // transformers takes an empty list for none: no trackers, no debugging.
    return texts[0] ?? (type.nullable ? null : name === "report_to" ? "none" : undefined);
  }
  if (isList(value)) return value.every((item) => typeof item === "number") ? value : undefined;
  return value;
}

/** Kinds of value that a command line and a YAML file of TRL may write as text. */
const PARSED: ReadonlySet<Field["type"]["kind"]> = new Set(["int", "float", "bool", "list"]);

const numberIn = ({ kind }: Field["type"], text: string): number | undefined =>
  kind === "int" || kind === "float" ? number(text.trim()) : undefined;

const isList = (value: unknown): value is readonly PlainValue[] => Array.isArray(value);

/** What a toy runs with in place of a value that only fits a large model. */
function standIn(
  { name, type }: Field,
  value: FieldValue,
  { longest, rewards, inForce }: Circumstances,
): Pick<Settled, "outcome" | "used" | "note" | "patch" | "large"> | null {
  const near = { outcome: "limited", large: value, patch: null } as const;
  if (name === "max_completion_length" && (value === null || isAbove(value, longest))) {
    return {
      ...near,
      used: longest,
      note: `Here limited to ${longest}: the toy's answers are no longer, and dr_grpo divides by it; the export has ${formatValue(value)}.`,
    };
  }
  if (name === "top_k" && type.kind === "int" && isAbove(value, type.max)) {
    return {
      ...near,
      used: 0,
      note: `No vocabulary here has more than ${type.max} tokens, so all are sampled from; the export has ${formatValue(value)}.`,
    };
  }
  if (name === "optim" && typeof value === "string") {
    const used = sameOptimizer(value);
    const note = `Computes what ${used} computes; the export has ${value}.`;
    if (used !== undefined) return { ...near, used, note };
  }
  if (name === "reward_weights" && rewards === null && Array.isArray(value)) {
    return {
      outcome: "kept",
      large: value,
      used: inForce(name),
      note: "Of the script's own reward functions: the page's task keeps its own weights, and the export has these.",
      patch: null,
    };
  }
  return null;
}

const isAbove = (value: FieldValue, limit: number): boolean =>
  Number.isInteger(value) && Number(value) > limit;

/** What to say of a field that is taken as it is written. */
function noteOn({ name, removed }: Field): string {
  if (removed !== undefined) {
    const why = `${removed.why.charAt(0).toUpperCase()}${removed.why.slice(1)}`;
    return `${why}; kept ${removed.inUnsloth ? "for the export to Unsloth" : "as a comment in exports"}.`;
  }
  switch (name) {
    case "use_transformers_paged":
    case "vllm_importance_sampling_cap":
      return "Deprecated in TRL and removed in 2.0; kept for the export.";
  }
  return "";
}

/** A name that no configuration has: where it belongs, or the one that was probably meant. */
function unknown({ name, line, text, literal }: Written): Settled {
  const { says, meant: guesses } = unknownName(name);
  const fitting = (guess: Field): Patch | null => {
    const value = "value" in literal ? asField(guess, literal.value, false) : undefined;
    const fits = value !== undefined && valueSchema(guess.type).safeParse(value).success;
    return fits ? { [guess.name]: value } : null;
  };
  const meant = guesses.find((guess) => fitting(guess) !== null) ?? guesses[0];
  const closest =
    meant === undefined || says.endsWith(meant.name) ? "" : ` The closest is ${meant.name}.`;
  return {
    name,
    line,
    text,
    outcome: "unknown",
    used: undefined,
    note: `Line ${line}: ${excerpt(name)} ${says}; it was not used.${closest}`,
    patch: meant === undefined ? null : fitting(meant),
  };
}
