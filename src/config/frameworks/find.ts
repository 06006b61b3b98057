import { isMap, parseAllDocuments } from "yaml";
import { depthOf, lineCounter, type Written } from "../python/written.ts";
import { frameworkByKeys, frameworkByWords } from "../reading/frameworks.ts";
import { readJsonLog, readLogLines } from "../reading/kinds.ts";
import { mapsOf, type FoundMap } from "../reading/maps.ts";
import { shellCommands } from "../reading/shell-words.ts";
import { withoutComments } from "../reading/without-comments.ts";
import { settingsOf } from "./words.ts";

/** Longest text that is looked into. */
const MAX_CHARACTERS = 60_000;
const MAX_DEPTH = 12;

/** The settings of a text that is another trainer's. */
export interface ForeignText {
  id: string;
  /** "Hydra overrides", "flags", "YAML", "JSON", "TOML". */
  form: string;
  maps: readonly FoundMap[];
  notes: readonly string[];
}

/** Whose configuration a text is, and its settings; null where it is no other trainer's. */
export function foreignText(source: string, from: string | null): ForeignText | null {
  if (source.length > MAX_CHARACTERS || readJsonLog(source) || readLogLines(source)) return null;
  const maps = mapsIn(source);
  if (maps !== null) {
    const id = from ?? frameworkByKeys(maps)?.id;
    const form = /^\s*\{/.test(source) ? "JSON" : "YAML";
    if (id !== undefined) return { id, form, maps, notes: [] };
  }
  const code = withoutComments(source);
  const id = from ?? (isAsync(code) ? "async-grpo" : frameworkByWords(code)?.id);
  if (id === undefined) return null;
  if (id === "async-grpo") return argumentsIn(source);
  const table = tomlIn(source);
  if (table !== null) return { id, form: "TOML", maps: table, notes: [] };
  return commandIn(source, id);
}

/** TRL's asynchronous trainer, and not the other one beside it. */
const isAsync = (code: string): boolean =>
  /\bAsyncGRPOConfig\s*\(/.test(code) && !/\bGRPOConfig\s*\(/.test(code);

/** The plain arguments of the call: all of them are explained, none is loaded. */
function argumentsIn(source: string): ForeignText | null {
  const call = /\bAsyncGRPOConfig\s*\(([\s\S]*?)\)/.exec(source);
  if (!call) return null;
  const lineOf = lineCounter(source);
  const written = [...(call[1] ?? "").matchAll(/(\w+)\s*=\s*([^,\n]+)/g)].map((each): Written => {
    const [text, name = "", value = ""] = each;
    const line = lineOf(call.index + call[0].indexOf(text));
    return { name, line, text, literal: { value: value.trim() } };
  });
  return { id: "async-grpo", form: "Python", maps: [{ path: [], written }], notes: [] };
}

/** The maps of a YAML or JSON text; null where it is none. */
function mapsIn(text: string): FoundMap[] | null {
  if (!/^\s*(\{|[\w."'-]+\s*:(\s|$))/m.test(text) || nests(text)) return null;
  // Lines of nothing but a comment keep their place and cost nothing.
  const source = text.replaceAll(/^[ \t]*#.*$/gm, "");
  const documents = parseAllDocuments(source, {
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return null;
  const lineOf = lineCounter(source);
  const maps = documents.flatMap((document) =>
    isMap(document.contents) ? mapsOf(document.contents, { text: source, lineOf, document }) : [],
  );
  return maps.length === 0 ? null : maps;
}

/** Indicators that follow each other nest as well, each one level. */
const nests = (text: string): boolean =>
  depthOf(text) > MAX_DEPTH || /(?:[-?:&!*|>]\S{0,20}\s{1,20}){12}/.test(text);

/** The command with most settings. */
function commandIn(source: string, id: string): ForeignText | null {
  const commands = shellCommands(source)
    .map(settingsOf)
    .filter((written) => written.length > 0)
    .toSorted((a, b) => b.length - a.length);
  const [written] = commands;
  if (!written) return null;
  const dotted = written.filter(({ name }) => name.includes(".")).length;
  const flags = /(^|\s)--[A-Za-z]/m.test(source) && 2 * dotted < written.length;
  return {
    id,
    form: flags || /(^|\s)--\w+\.\w/m.test(source) ? "flags" : "Hydra overrides",
    maps: [{ path: [], written }],
    notes: twice(written),
  };
}

/** A name that comes twice: the last counts. */
function twice(written: readonly Written[]): string[] {
  const names = new Set<string>();
  return written.flatMap(({ name, line }) => {
    if (!names.has(name)) {
      names.add(name);
      return [];
    }
    return [`Line ${line}: ${name} is there twice; the last counts.`];
  });
}

/** Lines of `[table]` and `name = value`; null where the text has no such table. */
function tomlIn(source: string): FoundMap[] | null {
  if (!/^\s*\[[\w.-]+\]\s*$/m.test(source)) return null;
  const maps: { path: string[]; written: Written[] }[] = [{ path: [], written: [] }];
  for (const [index, line] of source.split("\n").entries()) {
    const [, table] = /^\s*\[+([\w.-]+)\]+\s*(?:#.*)?$/.exec(line) ?? [];
    if (table !== undefined) maps.push({ path: table.split("."), written: [] });
    const [, name, text] = /^\s*([\w.-]+)\s*=\s*("[^"]*"|'[^']*'|[^#]+)/.exec(line) ?? [];
    if (name === undefined || text === undefined) continue;
    const value = text.trim().replaceAll(/^["']|["']$/g, "");
    maps.at(-1)?.written.push({ name, line: index + 1, text: line.trim(), literal: { value } });
  }
  return maps;
}
