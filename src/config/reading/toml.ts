import {
  excerpt,
  lineCounter,
  plainReading,
  type Named,
  type Reading,
  type Written,
} from "../python/written.ts";
import { findField } from "../schema.ts";
import type { FoundText } from "./found-text.ts";
import { frameworkOf } from "./frameworks.ts";
import type { FoundMap } from "./maps.ts";
import { isConfiguration, isSetting } from "./recognise.ts";
import { dictOf, entriesIn, parseToml, plainOf, type TomlEntry } from "./toml-text.ts";

/** A field with the table that it stands in. */
interface Placed {
  table: string;
  written: Written;
}

/**
 * TOML: the fields of all its tables, as of one configuration; a table under one of them that is
 * itself a field, `[x.lr_scheduler_kwargs]`, is that field's dict. Null where the text is no TOML,
 * or nothing in it tells it from assignments of Python.
 */
export function readToml(source: string): Reading | Named | null {
  if (!mayBeToml(source)) return null;
  const entries = parseToml(source)?.flatMap(leaves);
  if (!entries) return null;
  const placed = fieldsOf(entries, source);
  const framework = frameworkOf(
    placed.map(({ table, written }) => ({ path: table.split("."), written: [written] })),
  );
  if (framework) return framework;
  if (!isConfiguration(placed.map(({ written }) => written.name))) return null;
  const tables = new Set(
    placed.flatMap(({ table, written }) => (isSetting(written.name) ? [table] : [])),
  );
  const reading = plainReading("toml", onceEach(placed));
  if (tables.size < 2) return reading;
  const named = [...tables].map((table) => (table === "" ? "the top" : `[${table}]`));
  return {
    ...reading,
    notes: [
      `The fields of ${named.slice(0, -1).join(", ")} and ${named.at(-1)} are read together, as of one configuration.`,
    ],
  };
}

/** The settings of TOML by their tables, whoever's they are; null where the text is none. */
export function foundToml(source: string): FoundText | null {
  if (!mayBeToml(source)) return null;
  const entries = parseToml(source)?.flatMap(leaves);
  if (!entries) return null;
  const maps = new Map<string, FoundMap>();
  for (const { table, written } of fieldsOf(entries, source)) {
    const map = maps.get(table) ?? { path: table === "" ? [] : table.split("."), written: [] };
    maps.set(table, map);
    map.written.push(written);
  }
  const rest = { open: [], processes: null, notes: [] };
  return { format: "toml", program: null, maps: [...maps.values()], ...rest };
}

/** Whether a try is worth its cost: a line that goes on after a backslash is the shell's. */
const mayBeToml = (source: string): boolean =>
  OWN.test(source) && (source.includes('"""') || !/\\$/m.test(source));

/** A table's head, a word that Python has not, a key with dots, a table in braces. */
const OWN =
  /^[ \t]*(?:\[\[?[\w."' -]+\]\]?[ \t]*(?:#.*)?$|[\w-]+[ \t]*(?:=[ \t]*(?:true|false|\{)|\.))/m;

const isMap = (name: string): boolean => isSetting(name) && findField(name)?.type.kind === "map";

/** An entry, or those of its table in braces where that is no field's dict. */
function leaves(entry: TomlEntry): TomlEntry[] {
  const { path, value } = entry;
  if (value.type !== "TOMLInlineTable" || path.some(isMap)) return [entry];
  return entriesIn(value).flatMap((inner) => leaves({ ...inner, path: [...path, ...inner.path] }));
}

function fieldsOf(entries: readonly TomlEntry[], source: string): Placed[] {
  const lineOf = lineCounter(source);
  const maps = new Map<string, TomlEntry[]>();
  const found: Placed[] = [];
  for (const entry of entries) {
    const at = entry.path.findIndex(isMap);
    const own = at < 0 ? entry.path : entry.path.slice(0, at + 1);
    const placed = {
      table: own.slice(0, -1).join("."),
      written: {
        name: own.at(-1) ?? "",
        line: lineOf(entry.from),
        text: excerpt(source.slice(...entry.value.range)),
        literal: plainOf(entry.value),
      },
    };
    const inner = at < 0 || own.length === entry.path.length ? null : own.join(".");
    if (inner === null) found.push(placed);
    else if (maps.has(inner)) maps.get(inner)?.push(entry);
    else {
      maps.set(inner, [entry]);
      found.push(placed);
    }
  }
  for (const [path, of] of maps) {
    const depth = path.split(".").length;
    const dict = dictOf(of.map(({ path: whole, value }) => ({ path: whole.slice(depth), value })));
    const first = found.find(({ table, written }) => pathOf(table, written.name) === path);
    if (!first) continue;
    first.written.literal = dict;
    if ("value" in dict) first.written.text = excerpt(JSON.stringify(dict.value));
  }
  return found;
}

const pathOf = (table: string, name: string): string => (table === "" ? name : `${table}.${name}`);

/** A field that stands in two tables with two values has neither; with one value it is there once. */
function onceEach(placed: readonly Placed[]): Written[] {
  const first = (of: Placed) =>
    placed.find((each) => each.written.name === of.written.name && isSetting(of.written.name)) ??
    of;
  const different = placed.filter(
    (each) => first(each) === each || first(each).table === each.table,
  );
  return different.map(({ table, written }) => {
    const other = placed.find(
      (each) =>
        each.written.name === written.name &&
        each.table !== table &&
        JSON.stringify(each.written.literal) !== JSON.stringify(written.literal),
    );
    if (!other) return written;
    const where = (each: Placed) => (each.table === "" ? "at the top" : `in [${each.table}]`);
    const [one, two] = [where({ table, written }), where(other)].toSorted();
    return {
      ...written,
      literal: { problem: `stands ${one} and ${two} with different values` },
    };
  });
}
