import { isMap, isScalar, isSeq, parseAllDocuments } from "yaml";
import { depthOf, lineCounter } from "../python/written.ts";
import { environmentOf, type Environment } from "../shell/environment.ts";
import { withoutJsonComments } from "./jsonc.ts";
import { mapsOf, type FoundMap } from "./maps.ts";
import { MAX_VALUES, type Place } from "./yaml-values.ts";

/** verl's own file of all settings has 37,000 characters and 1,100 lines. */
export const MAX_CHARACTERS = 40_000;
const MAX_LINES = 1_300;
const MAX_DEPTH = 12;

/** A YAML or JSON text, read. */
export interface ParsedData {
  json: boolean;
  /** The text that is parsed: comments are blank, and every place is where it was. */
  source: string;
  places: Place[];
  maps: FoundMap[];
  /** Files that it builds on, each as "base.yaml in line 1". */
  builtOn: string[];
}

/** Why a text was not parsed: it is too long, or it is neither YAML nor JSON. */
export type NotParsed = "long" | "other";

/** Parses YAML, JSON, and JSON with comments. */
export function parseData(
  text: string,
  environment: Environment = environmentOf(),
): ParsedData | NotParsed {
  const plain = /^\s*(?:\/\/[^\n]*\s*|\/\*[\s\S]*?\*\/\s*)*[{[]/.test(text)
    ? withoutJsonComments(text)
    : text;
  const json = isJson(plain);
  // Lines of nothing but a comment keep their place and cost nothing.
  const source = json ? plain : text.replaceAll(/^[ \t]*(#|\/\/).*$/gm, "");
  const lines = source.split("\n").filter((line) => line.trim() !== "").length;
  if (source.length > MAX_CHARACTERS || lines > MAX_LINES) return json ? "long" : "other";
  if (nests(source)) return "other";
  // A key that comes twice is reported as for any other format, and not looked for in pairs.
  const documents = parseAllDocuments(source, {
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  if (!Array.isArray(documents)) return "other";
  if (documents.some(({ errors }) => errors.length > 0)) return "other";
  const lineOf = lineCounter(source);
  const budget = { left: MAX_VALUES };
  const places = documents.map((document): Place => ({
    ...{ text: source, lineOf, document, budget, environment },
  }));
  const maps = places.flatMap((place) =>
    isMap(place.document.contents) ? mapsOf(place.document.contents, place) : [],
  );
  return { json, source, places, maps, builtOn: places.flatMap(builtOnBy) };
}

/** What a file's `defaults:` name: Hydra's list, or the one file of NeMo-RL. */
function builtOnBy({ document, lineOf }: Place): string[] {
  const { contents } = document;
  const value = isMap(contents) ? contents.get("defaults", true) : undefined;
  const items: readonly unknown[] = isSeq(value) ? value.items : [value];
  return items.flatMap((item) => {
    const [name, at] = nameOf(item);
    return name === null || name === "_self_" ? [] : [`${name} in line ${lineOf(at)}`];
  });
}

function nameOf(item: unknown): [name: string | null, at: number] {
  if (isScalar(item)) {
    return [typeof item.value === "string" ? item.value : null, item.range?.[0] ?? 0];
  }
  if (!isMap(item)) return [null, 0];
  const [pair] = item.items;
  if (!pair || !isScalar(pair.key)) return [null, 0];
  const group = String(pair.key.value)
    .replace(/^(?:override|optional)\s+/, "")
    .replace(/@.*$/, "");
  const chosen = isScalar(pair.value) ? pair.value.value : null;
  return [typeof chosen === "string" ? `${group}/${chosen}` : null, pair.key.range?.[0] ?? 0];
}

/** How a file of YAML begins below its comments, and no script. */
export const YAML = /^(?:[ \t]*(?:#.*|---)?\n)*[ \t]*[\w.-]+:(?:\s|$)/;

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
