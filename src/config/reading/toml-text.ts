import { parseTOML, ParseError, type AST } from "toml-eslint-parser";
import { groupBy } from "../../base/group-by.ts";
import { depthOf, type Literal, type PlainValue } from "../python/written.ts";

/** One `key = value` of TOML. */
export interface TomlEntry {
  /** The tables that it is in and its own name. */
  path: readonly string[];
  from: number;
  value: AST.TOMLContentNode;
}

/** The parser goes down by the stack, which ends at some thousand. */
const MAX_DEPTH = 200;

/** The entries of a text that is TOML from its beginning to its end, or null. */
export function parseToml(source: string): TomlEntry[] | null {
  if (depthOf(source) > MAX_DEPTH) return null;
  const [top] = parsed(source)?.body ?? [];
  return (
    top?.body.flatMap((each) =>
      each.type === "TOMLTable"
        ? each.body.map((own) => entryOf(own, tablePath(each.resolvedKey)))
        : [entryOf(each, [])],
    ) ?? null
  );
}

function parsed(source: string): AST.TOMLProgram | null {
  try {
    return parseTOML(source);
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}

/** `[[runs]]` is one of several: what is in the second and under it is in "runs[2]". */
function tablePath(keys: readonly (string | number)[]): string[] {
  const path: string[] = [];
  for (const key of keys) {
    if (typeof key === "string") path.push(key);
    else path.push(`${path.pop() ?? ""}[${key + 1}]`);
  }
  return path;
}

const entryOf = ({ key, value, range }: AST.TOMLKeyValue, table: readonly string[]): TomlEntry => ({
  path: [...table, ...key.keys.map((each) => ("name" in each ? each.name : each.value))],
  from: range[0],
  value,
});

/** The entries of a table in braces, whose paths begin in it. */
export const entriesIn = ({ body }: AST.TOMLInlineTable): TomlEntry[] =>
  body.map((each) => entryOf(each, []));

// Not by the parser's own `getStaticTOMLValue`: `[__proto__]` would reach every object of the page.
/** A value as a literal: a table is a dict, and so is what a dotted key leads to. */
export function plainOf(value: AST.TOMLContentNode): Literal {
  if (value.type === "TOMLInlineTable") return dictOf(entriesIn(value));
  if (value.type === "TOMLArray") {
    const values: PlainValue[] = [];
    for (const read of value.elements.map(plainOf)) {
      if ("problem" in read) return read;
      values.push(read.value);
    }
    return { value: values };
  }
  if (value.value instanceof Date) return { problem: "is a date" };
  if (typeof value.value === "number" && !Number.isFinite(value.value)) {
    return { problem: "is not a finite number" };
  }
  return { value: value.value };
}

/** The dict that entries make, whose paths begin in it. */
export function dictOf(entries: readonly Pick<TomlEntry, "path" | "value">[]): Literal {
  const dict: [string, PlainValue][] = [];
  for (const [name, own] of groupBy(entries, ({ path: [first = ""] }) => first)) {
    if (name === "__proto__") return { problem: "has a key that is not a name" };
    const inner = own.map(({ path, value }) => ({ path: path.slice(1), value }));
    // TOML gives no key a value of its own beside values under it.
    const whole = inner.find(({ path }) => path.length === 0);
    const read = whole ? plainOf(whole.value) : dictOf(inner);
    if ("problem" in read) return read;
    dict.push([name, read.value]);
  }
  return { value: Object.fromEntries(dict) };
}
