import type { Field, FieldValue } from "../field.ts";
import type { Patch } from "../finding.ts";
import { nearest } from "../nearest.ts";
import { bounds, formatValue, parseField } from "../parse-field.ts";
import { fields, findField, valueSchema } from "../schema.ts";
import { excerpt, type PlainValue, type Written } from "./written.ts";

/**
 * What becomes of a setting: in force as written; in force as near as this page gets; kept for the
 * export; no field at all; or refused, and something else stays in force.
 */
export type Outcome = "applied" | "limited" | "kept" | "unknown" | "refused";

/** One setting of a text, and what became of it. */
export interface Settled {
  name: string;
  /** From 1; null for a default that is not written but cannot be in force here. */
  line: number | null;
  text: string;
  outcome: Outcome;
  /** What is in force for the field now; undefined where there is no field. */
  used: FieldValue | undefined;
  /** Why, one sentence; empty where it was taken as written. */
  note: string;
  /** What was probably meant, for one click. */
  patch: Patch | null;
}

/** Settings that a configuration of TRL takes. */
export const settings: readonly Field[] = fields.filter(
  ({ scope }) => scope === "grpo" || scope === "export",
);

/** Decides about one setting; `inForce` is the field's value if it is refused. */
export function settle(
  written: Written,
  inForce: (name: string) => FieldValue,
  longest: number,
): Settled {
  const { name, line, text, literal } = written;
  if (SECRETS.has(name)) return secret(written);
  const field = findField(name);
  if (!field || !settings.includes(field)) return unknown(written);
  const base = { name, line, text, patch: null };
  const stays = inForce(name);
  const refused = (why: string): Settled => ({
    ...base,
    outcome: "refused",
    used: stays,
    note: `Line ${line}: ${why}, so ${formatValue(stays)} stays.`,
  });
  if ("problem" in literal) return refused(`${name} ${literal.problem}`);

  const near = standIn(field, literal.value, longest);
  if (near) return { ...base, outcome: "limited", ...near };
  const value = asField(field, literal.value);
  if (value === undefined || !valueSchema(field.type).safeParse(value).success) {
    return refused(`${name} takes ${bounds(field.type)}; ${text} is not`);
  }
  const outcome = field.scope === "export" ? "kept" : "applied";
  return { ...base, outcome, used: value, note: noteOn(field) };
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
function asField({ name, type }: Field, value: PlainValue): FieldValue | undefined {
  if (type.kind === "enum" && typeof value !== "object") {
    return type.aliases?.[String(value).toLowerCase()] ?? value;
  }
  // Maps may come as JSON text, and one word as a list.
  if (type.kind === "map" && typeof value === "string") {
    const parsed = parseField(name, value);
    return "value" in parsed ? parsed.value : undefined;
  }
  if (type.kind === "words" && isList(value)) {
    const texts = value.filter((item) => typeof item === "string");
    if (texts.length !== value.length) return undefined;
    return texts.length > 1 ? texts : (texts[0] ?? (type.nullable ? null : undefined));
  }
  if (isList(value)) return value.every((item) => typeof item === "number") ? value : undefined;
  return value;
}

const isList = (value: unknown): value is readonly PlainValue[] => Array.isArray(value);

/** transformers' other names of optimizers that compute the same here. */
const SAME_OPTIMIZER: Readonly<Record<string, string>> = {
  adamw_hf: "adamw_torch",
  adamw_torch_xla: "adamw_torch",
  adamw_torch_npu_fused: "adamw_torch",
  adamw_apex_fused: "adamw_torch",
  paged_adamw: "adamw_torch",
  paged_adamw_32bit: "adamw_torch",
  adamw_bnb_8bit: "adamw_8bit",
  paged_adamw_8bit: "adamw_8bit",
  paged_lion_32bit: "lion_32bit",
};

/** What a toy runs with in place of a value that only fits a large model. */
function standIn(
  { name, type }: Field,
  value: PlainValue,
  longest: number,
): Pick<Settled, "used" | "note"> | null {
  if (name === "max_completion_length" && (value === null || isAbove(value, longest))) {
    return {
      used: longest,
      note: `Here limited to ${longest}: the toy's answers are no longer, and dr_grpo divides by it.`,
    };
  }
  if (name === "top_k" && type.kind === "int" && isAbove(value, type.max)) {
    return {
      used: 0,
      note: `No vocabulary here has more than ${type.max} tokens, so all are sampled from.`,
    };
  }
  if (name === "optim" && typeof value === "string" && Object.hasOwn(SAME_OPTIMIZER, value)) {
    const used = SAME_OPTIMIZER[value];
    if (used !== undefined) return { used, note: `Computes what ${used} computes.` };
  }
  return null;
}

const isAbove = (value: PlainValue, limit: number): boolean =>
  Number.isInteger(value) && Number(value) > limit;

/** What to say of a field that is taken as it is written. */
function noteOn({ name, gone }: Field): string {
  if (gone !== undefined) {
    const why = `${gone.why.charAt(0).toUpperCase()}${gone.why.slice(1)}`;
    return `${why}; kept ${gone.inUnsloth ? "for the export to Unsloth" : "as a comment in exports"}.`;
  }
  switch (name) {
    case "use_transformers_paged":
    case "vllm_importance_sampling_cap":
      return "Deprecated in TRL and removed in 2.0; kept for the export.";
  }
  return "";
}

/** A name that no configuration has, with the one that was probably meant. */
function unknown({ name, line, text, literal }: Written): Settled {
  const guesses = nearestSettings(name);
  const fitting = (guess: Field): Patch | null => {
    const value = "value" in literal ? asField(guess, literal.value) : undefined;
    const fits = value !== undefined && valueSchema(guess.type).safeParse(value).success;
    return fits ? { [guess.name]: value } : null;
  };
  const meant = guesses.find((guess) => fitting(guess) !== null) ?? guesses[0];
  const closest = meant === undefined ? "" : ` The closest is ${meant.name}.`;
  return {
    name,
    line,
    text,
    outcome: "unknown",
    used: undefined,
    note: `Line ${line}: ${excerpt(name)} is not a field of GRPOConfig that is known here, and was not used.${closest}`,
    patch: meant === undefined ? null : fitting(meant),
  };
}

/** Names that fields had before, too far from their present ones to be guessed. */
const RENAMED: Readonly<Record<string, string>> = { evaluation_strategy: "eval_strategy" };

/** The setting nearest by edits, or those with a beginning that is the same but for an edit or two. */
function nearestSettings(name: string): Field[] {
  const whole = Object.hasOwn(RENAMED, name)
    ? RENAMED[name]
    : nearest(
        name,
        settings.map((each) => each.name),
      );
  if (whole !== undefined) return settings.filter((each) => each.name === whole);
  if (name.length < 6 || name.length > 64) return [];
  const beginning = (each: Field) => each.name.slice(0, name.length);
  const longer = settings.filter((each) => each.name.length > name.length);
  const found = nearest(name, longer.map(beginning));
  return longer.filter((each) => beginning(each) === found);
}
