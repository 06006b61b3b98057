import type { Literal, PlainValue } from "../python/written.ts";
import { readString } from "../python/python-string.ts";

/** A value of TOML; a table in braces has its own entries. */
export type TomlValue = { literal: Literal } | { table: TomlEntry[] };

/** One `key = value` of TOML. */
export interface TomlEntry {
  /** The tables that it is in and its own name. */
  path: readonly string[];
  from: number;
  /** Where its value stands. */
  valueFrom: number;
  valueTo: number;
  value: TomlValue;
}

/** The entries of a text that is TOML from its beginning to its end, or null. */
export function parseToml(source: string): TomlEntry[] | null {
  const entries: TomlEntry[] = [];
  const reader = readerOf(source);
  let table: readonly string[] = [];
  const arrays = new Map<string, number>();
  for (;;) {
    reader.skip(BLANK);
    if (reader.isAtEnd()) return entries;
    const brackets = reader.take(/\[\[?/y);
    if (brackets !== null) {
      const path = keyOf(reader);
      if (path === null || reader.take(brackets === "[" ? /\]/y : /\]\]/y) === null) return null;
      const name = path.join(".");
      if (brackets === "[[") arrays.set(name, (arrays.get(name) ?? 0) + 1);
      table = inArrays(path, arrays);
    } else {
      const entry = entryOf(reader, table, 0);
      if (entry === null) return null;
      entries.push(entry);
    }
    if (reader.take(LINE_END) === null) return null;
  }
}

/** `[[runs]]` is one of several: what is in it and under it is of the last, "runs[2]". */
const inArrays = (path: readonly string[], arrays: ReadonlyMap<string, number>): string[] =>
  path.map((name, i) => {
    const count = arrays.get(path.slice(0, i + 1).join("."));
    return count === undefined ? name : `${name}[${count}]`;
  });

const BLANK = /(?:\s|#[^\n]*)+/y;
const SPACE = /[ \t]+/y;
const LINE_END = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y;
const MAX_DEPTH = 12;

type Reader = ReturnType<typeof readerOf>;

function readerOf(source: string) {
  let at = 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const [found] = pattern.exec(source) ?? [];
    if (found === undefined) return null;
    at += found.length;
    return found;
  };
  return {
    take,
    skip: (pattern: RegExp) => void take(pattern),
    position: () => at,
    isAtEnd: () => at >= source.length,
  };
}

/** `a.b."c"`; null where none stands here. */
function keyOf(reader: Reader): string[] | null {
  const path: string[] = [];
  do {
    reader.skip(SPACE);
    const part = reader.take(/[\w-]+|"[^"\\\n]*"|'[^'\n]*'/y);
    if (part === null || part === "__proto__") return null;
    path.push(part.replace(/^(["'])(.*)\1$/, "$2"));
    reader.skip(SPACE);
  } while (reader.take(/\./y) !== null);
  return path;
}

function entryOf(reader: Reader, table: readonly string[], depth: number): TomlEntry | null {
  const from = reader.position();
  const key = keyOf(reader);
  if (key === null || reader.take(/=[ \t]*/y) === null) return null;
  const valueFrom = reader.position();
  const value = valueOf(reader, depth);
  if (value === null) return null;
  return { path: [...table, ...key], from, valueFrom, valueTo: reader.position(), value };
}

const NUMBER =
  /[+-]?(?:0x[\da-f_]+|0o[0-7_]+|0b[01_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:e[+-]?\d[\d_]*)?)(?![\w:.-])/iy;
const STRING = /"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'[^'\n]*'/y;

function valueOf(reader: Reader, depth: number): TomlValue | null {
  if (depth > MAX_DEPTH) return null;
  const text = reader.take(STRING);
  if (text !== null) {
    // A line's end right after three quotes is not of the text.
    const own = text.replace(/^("""|''')\n/, "$1");
    const value = readString(own.startsWith("'") ? `r${own}` : own);
    return value === undefined ? null : { literal: { value } };
  }
  const word = reader.take(/(?:true|false)\b/y);
  if (word !== null) return { literal: { value: word === "true" } };
  const number = reader.take(NUMBER);
  if (number !== null) return { literal: { value: Number(number.replaceAll("_", "")) } };
  if (reader.take(/[+-]?(?:inf|nan)\b/y) !== null) {
    return { literal: { problem: "is not a finite number" } };
  }
  if (reader.take(/\d[\d:-]+[\dT:.Z +-]*/y) !== null) {
    return { literal: { problem: "is a date" } };
  }
  if (reader.take(/\[/y) !== null) return listOf(reader, depth);
  return reader.take(/\{/y) === null ? null : tableOf(reader, depth);
}

function listOf(reader: Reader, depth: number): TomlValue | null {
  const values: PlainValue[] = [];
  let problem: Literal | null = null;
  for (;;) {
    reader.skip(BLANK);
    if (reader.take(/\]/y) !== null) return { literal: problem ?? { value: values } };
    const value = valueOf(reader, depth + 1);
    if (value === null) return null;
    const read = plainOf(value);
    if ("problem" in read) problem ??= read;
    else values.push(read.value);
    reader.skip(BLANK);
    if (reader.take(/,|(?=\])/y) === null) return null;
  }
}

function tableOf(reader: Reader, depth: number): TomlValue | null {
  const table: TomlEntry[] = [];
  for (;;) {
    reader.skip(BLANK);
    if (reader.take(/\}/y) !== null) return { table };
    const entry = entryOf(reader, [], depth + 1);
    if (entry === null) return null;
    table.push(entry);
    reader.skip(BLANK);
    if (reader.take(/,|(?=\})/y) === null) return null;
  }
}

/** A value as a literal: a table is a dict, and so is what a dotted key leads to. */
export function plainOf(value: TomlValue): Literal {
  return "table" in value ? dictOf(value.table) : value.literal;
}

/** The dict that entries make, whose paths begin in it. */
export function dictOf(entries: readonly Pick<TomlEntry, "path" | "value">[]): Literal {
  const dict: Record<string, PlainValue> = {};
  const inner = new Map<string, Pick<TomlEntry, "path" | "value">[]>();
  for (const { path, value } of entries) {
    const [name = "", ...rest] = path;
    const read = rest.length === 0 && !("table" in value) ? value.literal : null;
    if (read && "problem" in read) return read;
    if (read) dict[name] = read.value;
    else {
      const more = "table" in value && rest.length === 0 ? value.table : [{ path: rest, value }];
      inner.set(name, [...(inner.get(name) ?? []), ...more]);
    }
  }
  for (const [name, more] of inner) {
    const read = dictOf(more);
    if ("problem" in read) return read;
    dict[name] = read.value;
  }
  return { value: dict };
}
