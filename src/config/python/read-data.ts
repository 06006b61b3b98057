import { isAlias, isMap, isPair, isScalar, isSeq, parseDocument } from "yaml";
import {
  depthOf,
  excerpt,
  lineCounter,
  MAX_SETTINGS,
  type Literal,
  type PlainValue,
  type Reading,
  type Written,
} from "./written.ts";

/** A whole configuration takes about a third of these. */
const MAX_CHARACTERS = 10_000;
const MAX_LINES = 400;
const MAX_DEPTH = 12;

/** The settings of a YAML or JSON map; null where the text is none. */
export function readData(text: string): Reading | null {
  if (text.length > MAX_CHARACTERS || text.split("\n").length > MAX_LINES || nests(text))
    return null;
  // A key that comes twice is reported as for any other format, and not looked for in pairs.
  const document = parseDocument(text, {
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  if (document.errors.length > 0 || !isMap(document.contents)) return null;
  const lineOf = lineCounter(text);

  const written = document.contents.items
    .slice(0, MAX_SETTINGS)
    .flatMap(({ key, value }): Written[] => {
      if (!isScalar(key) || typeof key.value !== "string") return [];
      const [from, to] = rangeOf(value) ?? [0, 0];
      return [
        {
          name: key.value,
          line: lineOf(key.range?.[0] ?? 0),
          text: excerpt(text.slice(from, to)),
          literal: literalOf(value),
        },
      ];
    });
  if (written.length === 0) return null;
  return {
    format: isJson(text) ? "json" : "yaml",
    callee: null,
    unsloth: false,
    written,
    notes: [],
  };
}

function isJson(text: string): boolean {
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

const rangeOf = (node: unknown): readonly number[] | null | undefined =>
  isScalar(node) || isMap(node) || isSeq(node) ? node.range : null;

function literalOf(node: unknown, depth = 0): Literal {
  if (node === null) return { value: null };
  if (isAlias(node) || depth > MAX_DEPTH) return { problem: "refers to another place" };
  if (isScalar(node)) {
    const { value } = node;
    if (typeof value === "number" && !Number.isFinite(value))
      return { problem: "is not a finite number" };
    const plain = value === null || ["number", "string", "boolean"].includes(typeof value);
    return plain ? { value: value as PlainValue } : { problem: "is not a plain value" };
  }
  if (isSeq(node)) {
    const values: PlainValue[] = [];
    for (const item of node.items) {
      const read = literalOf(item, depth + 1);
      if ("problem" in read) return read;
      values.push(read.value);
    }
    return { value: values };
  }
  if (!isMap(node)) return { problem: "is not a plain value" };
  const entries: [string, PlainValue][] = [];
  for (const pair of node.items) {
    const { key, value } = isPair(pair) ? pair : { key: null, value: null };
    const read = literalOf(value, depth + 1);
    if ("problem" in read) return read;
    if (!isScalar(key) || typeof key.value !== "string" || key.value === "__proto__") {
      return { problem: "has a key that is not a name" };
    }
    entries.push([key.value, read.value]);
  }
  return { value: Object.fromEntries(entries) };
}
