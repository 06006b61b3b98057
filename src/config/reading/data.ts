import { isMap, parseAllDocuments } from "yaml";
import {
  depthOf,
  lineCounter,
  MAX_SETTINGS,
  plainReading,
  type Named,
  type PlainValue,
  type Processes,
  type Reading,
} from "../python/written.ts";
import { readFlags } from "./flags.ts";
import { frameworkOf } from "./frameworks.ts";
import { kindOf } from "./kinds.ts";
import { configurationOf, mapsOf, type FoundMap } from "./maps.ts";
import { isSpecific } from "./recognise.ts";

/** A whole configuration takes about a third of these. */
const MAX_CHARACTERS = 20_000;
const MAX_LINES = 600;
const MAX_DEPTH = 12;

/** The settings of a YAML or JSON map, what the text is instead, or null where it is neither. */
export function readData(text: string): Reading | Named | null {
  const json = isJson(text);
  // Lines of nothing but a comment keep their place and cost nothing.
  const source = json ? text : text.replaceAll(/^[ \t]*(#|\/\/).*$/gm, "");
  const lines = source.split("\n").filter((line) => line.trim() !== "").length;
  if (source.length > MAX_CHARACTERS || lines > MAX_LINES) {
    return json
      ? {
          is: `This is JSON of ${text.length.toLocaleString("en")} characters; up to ${MAX_CHARACTERS.toLocaleString("en")} are read as a configuration. Paste only the part that holds it.`,
          unsure: true,
        }
      : null;
  }
  if (nests(source)) return null;
  // A key that comes twice is reported as for any other format, and not looked for in pairs.
  const documents = parseAllDocuments(source, {
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  if (!Array.isArray(documents)) return null;
  const lineOf = lineCounter(source);
  if (documents.some(({ errors }) => errors.length > 0)) return null;
  const maps = documents.flatMap((document) =>
    isMap(document.contents) ? mapsOf(document.contents, { text: source, lineOf, document }) : [],
  );
  if (maps.length === 0) return json ? listOf(source) : null;
  const outer = maps.filter(({ path }) => path.length === 0);
  const found = configurationOf(maps);
  const framework = frameworkOf(maps);
  if (framework) return framework;
  const sure = found !== null && isSpecific(found.written.map(({ name }) => name));
  const kind = sure ? null : kindOf(outer.flatMap(({ written }) => written));
  if (found && !kind) return { ...reading(found, json), processes: processesOf(maps) };
  return flagsWithin(maps) ?? kind ?? (json ? anyJson(maps) : null);
}

/** Arguments of a command in a list, e.g. in an editor's launch.json. */
function flagsWithin(maps: readonly FoundMap[]): Reading | null {
  for (const { written } of maps) {
    for (const { name, literal, line } of written) {
      if ("problem" in literal || !Array.isArray(literal.value)) continue;
      const read = flagsOf(literal.value, line, name);
      if (read) return read;
    }
  }
  return null;
}

/** The configuration in a list of arguments, or in one of the maps that a list holds. */
function flagsOf(list: readonly PlainValue[], line: number, name: string): Reading | null {
  const inner = list.flatMap((item) =>
    item !== null && typeof item === "object" && !Array.isArray(item) ? Object.entries(item) : [],
  );
  for (const [key, value] of inner) {
    const read = Array.isArray(value) ? flagsOf(value, line, key) : null;
    if (read) return read;
  }
  const texts = list.filter((item) => typeof item !== "object").map(String);
  const read = readFlags(texts.map((text) => ({ text, line })));
  return (
    read && { ...read, notes: [...read.notes, `Read from the arguments in ${name}, line ${line}.`] }
  );
}

function listOf(source: string): Reading | Named {
  const values = JSON.parse(source) as unknown;
  const read = Array.isArray(values) ? flagsOf(values as PlainValue[], 1, "this list") : null;
  if (read) return read;
  if (/"(loss|grad_norm|reward)"\s*:/.test(source)) {
    return {
      is: "This is a log of training, not its configuration. Paste the GRPOConfig(…) of the script that made it.",
    };
  }
  return { is: "This is a JSON list, but no part of it has fields of GRPOConfig.", unsure: true };
}

function reading({ path, written }: FoundMap, json: boolean): Reading {
  const plain = plainReading(json ? "json" : "yaml", written.slice(0, MAX_SETTINGS));
  const line = written[0]?.line ?? 1;
  if (path.length === 0) return plain;
  return {
    ...plain,
    notes: [
      `The configuration is what stands under ${path.join(".")}, from line ${line} on; the rest of the text was not read.`,
    ],
  };
}

/** accelerate's own file beside a configuration says how many processes there are. */
function processesOf(maps: readonly FoundMap[]): Processes | null {
  for (const { written } of maps) {
    const found = written.find(({ name }) => name === "num_processes");
    const value = found && "value" in found.literal ? found.literal.value : null;
    if (found && typeof value === "number" && Number.isInteger(value) && value > 0) {
      return { count: value, line: found.line };
    }
  }
  return null;
}

function anyJson(maps: readonly FoundMap[]): Named {
  const names = maps[0]?.written.slice(0, 4).map(({ name }) => name) ?? [];
  const which = names.length === 0 ? "" : ` (${names.join(", ")} …)`;
  return { is: `This is JSON${which}, but no part of it has fields of GRPOConfig.`, unsure: true };
}

/** Whether a text is a JSON object or list. */
export function isJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Indicators that follow each other nest as well, each one level. */
const nests = (text: string) =>
  depthOf(text) > MAX_DEPTH || /(?:[-?:&!*|>]\S{0,20}\s{1,20}){12}/.test(text);
