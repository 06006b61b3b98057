import type { Field, FieldType, FieldValue } from "./field.ts";
import { field, valueSchema } from "./schema.ts";

export type Parsed = { value: FieldValue } | { error: string };

/**
 * Reads what a person typed into a field, put into a link or gave to `--set`. `inForce` is the value
 * that stays when the text cannot be taken; the error names it.
 */
export function parseField(name: string, text: string, inForce?: FieldValue): Parsed {
  const it = field(name);
  const value = readField(it, text);
  if (value !== undefined) return { value };
  return { error: refusal(it, text.trim(), inForce === undefined ? it.trlDefault : inForce) };
}

/** The value that a text is for a field; undefined where the field does not take it. */
export function readField({ type }: Field, text: string): FieldValue | undefined {
  const value = read(type, text.trim());
  return value !== undefined && valueSchema(type).safeParse(value).success ? value : undefined;
}

/** As a person would type it: the text that `parseField` reads back as the same value. */
export function formatValue(value: FieldValue): string {
  if (value === null) return "none";
  if (Array.isArray(value)) return value.join(",");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The sentence that refuses a value: what it is, what the field takes, what stays. */
export const refusal = (it: Field, given: string, inForce: FieldValue): string =>
  `${notTaken(it, given)}, so ${formatValue(inForce)} stays.`;

/** The same where nothing stays, as on a command line, and without its full stop. */
export const notTaken = (it: Field, given: string): string =>
  `${it.name} takes ${bounds(it.type)}; ${quote(given)} is not`;

/** What a field takes, in words, e.g. "a whole number from 1 to 8". */
export function bounds(type: FieldType): string {
  const orNone = type.nullable ? ", or none" : "";
  return bareBounds(type) + orNone;
}

function bareBounds(type: FieldType): string {
  switch (type.kind) {
    case "int":
      return `a whole number from ${type.min} to ${type.max}`;
    case "float": {
      const from = type.above === undefined ? `from ${type.min}` : `above ${type.above}, up`;
      const whole = type.wholeFrom === undefined ? "" : `, whole from ${type.wholeFrom} on`;
      return `a number ${from} to ${type.max}${whole}`;
    }
    case "bool":
      return "true or false";
    case "enum":
      return `one of ${type.values.join(", ")}`;
    case "text":
      return type.says;
    case "list":
      return `numbers from ${type.min} to ${type.max}, separated by commas`;
    case "words":
      return "a word, or several separated by commas";
    case "map":
      if (type.orText) return "a JSON object or the path of a file";
      return type.flat ? `names with values, e.g. {"num_cycles": 2}` : "a JSON object";
  }
}

const quote = (text: string) => `"${text.length > 40 ? `${text.slice(0, 39)}…` : text}"`;

const NONE = new Set(["none", "null", ""]);
const TRUE = new Set(["true", "1", "yes", "on"]);
const FALSE = new Set(["false", "0", "no", "off"]);
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The value of the text, bounds unchecked; undefined where it is not of the type. */
function read(type: FieldType, text: string): FieldValue | undefined {
  const lower = text.toLowerCase();
  if (type.nullable && NONE.has(lower)) return null;
  switch (type.kind) {
    case "int":
    case "float":
      return number(text);
    case "bool":
      return TRUE.has(lower) ? true : FALSE.has(lower) ? false : undefined;
    case "enum":
      return type.aliases?.[lower] ?? text;
    case "text":
      return text;
    case "list": {
      const numbers = text
        .replace(/^\[|\]$/g, "")
        .split(",")
        .map((part) => number(part.trim()));
      return numbers.every((value) => value !== undefined) ? numbers : undefined;
    }
    case "words": {
      const parts = text.split(",").map((part) => part.trim());
      return parts.length === 1 ? text : parts;
    }
    case "map":
      return object(text) ?? (type.orText ? text : undefined);
  }
}

/** Number() alone would take "", "0x10" and "Infinity". −0 becomes 0. */
export const number = (text: string): number | undefined =>
  NUMBER.test(text) ? Number(text) + 0 : undefined;

function object(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? { ...value }
      : undefined;
  } catch {
    return undefined;
  }
}
