import { excerpt, type Literal, type PlainValue } from "../python/written.ts";
import type { Word } from "./flags.ts";
import type { FoundMap } from "./maps.ts";

const OVERRIDE = /^(\+{0,2}|~)([A-Za-z_][\w./@:-]*)(?:=([\s\S]*))?$/;

/** Whether a word sets a key as Hydra has it: `a.b=c`, `+x.y=z`, `~drop.it`. */
export const isOverride = (text: string): boolean => {
  const [, sign, , value] = OVERRIDE.exec(text) ?? [];
  return value !== undefined ? !/^[a-z]+:\/\//.test(text) : sign === "~" && !text.startsWith("~/");
};

/** Hydra's overrides as the maps that they are put into; of one key the last counts. */
export function mapsOfOverrides(words: readonly Word[]): FoundMap[] {
  const maps = new Map<string, FoundMap>();
  for (const word of words) {
    const [, sign = "", key = "", value] = OVERRIDE.exec(word.text) ?? [];
    const path = key.split(".");
    const name = path.pop() ?? "";
    const at = path.join(".");
    const map = maps.get(at) ?? { path, written: [] };
    maps.set(at, map);
    const literal: Literal =
      sign === "~"
        ? { problem: `is taken out of the configuration by ~${key}` }
        : word.problem !== undefined
          ? { problem: word.problem }
          : overrideValue(value ?? "");
    map.written = [
      ...map.written.filter((each) => each.name !== name),
      {
        name,
        line: word.line,
        text: excerpt(word.text),
        literal,
        ...(word.from === undefined ? {} : { from: word.from }),
      },
    ];
  }
  return [...maps.values()];
}

/** Deepest that lists and dicts nest. */
const MAX_DEPTH = 12;
const TOKEN = /\s*('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[[\]{},:]|(?:\\.|[^[\]{},:'"\\])+)/y;

/** A value as Hydra's overrides write it. */
export function overrideValue(text: string): Literal {
  if (/\$\{/.test(text))
    return { problem: `is ${excerpt(text, 40)}, which something else fills in` };
  if (!/^\s*['"[{]/.test(text)) return { value: plain(text) };
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const [, token] = TOKEN.exec(text) ?? [];
    if (token === undefined) return { value: text };
    tokens.push(token);
  }
  const rest = [...tokens].reverse();
  const value = element(rest, 0);
  // What is no list or dict to its end is a text.
  return value === undefined || rest.length > 0 ? { value: text } : { value };
}

/** Takes one value off the end of the tokens that are left, the next one last. */
function element(rest: string[], depth: number): PlainValue | undefined {
  const token = rest.pop();
  if (token === undefined || depth > MAX_DEPTH) return undefined;
  if (token === "[") {
    const values: PlainValue[] = [];
    while (rest.at(-1) !== "]") {
      const value = element(rest, depth + 1);
      if (value === undefined || !isNext(rest, "]")) return undefined;
      values.push(value);
    }
    rest.pop();
    return values;
  }
  if (token === "{") {
    const entries: [string, PlainValue][] = [];
    while (rest.at(-1) !== "}") {
      const name = rest.pop()?.trim();
      if (name === undefined || name === "__proto__" || rest.pop() !== ":") return undefined;
      const value = element(rest, depth + 1);
      if (value === undefined || !isNext(rest, "}")) return undefined;
      entries.push([name.replace(/^(['"])(.*)\1$/, "$2"), value]);
    }
    rest.pop();
    return Object.fromEntries(entries);
  }
  return /^[\]},:]$/.test(token) ? undefined : plain(token);
}

/** Whether a comma, which is taken, or the end comes next. */
function isNext(rest: string[], end: string): boolean {
  if (rest.at(-1) === end) return true;
  return rest.pop() === ",";
}

function plain(written: string): PlainValue {
  const text = written.trim();
  const [, , quoted] = /^(['"])([\s\S]*)\1$/.exec(text) ?? [];
  if (quoted !== undefined) return quoted.replaceAll(/\\(['"\\])/g, "$1");
  if (/^null$/i.test(text)) return null;
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  const isNumber = /^[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(text);
  const value = Number(text.replaceAll("_", ""));
  return isNumber && Number.isFinite(value) ? value : text;
}
