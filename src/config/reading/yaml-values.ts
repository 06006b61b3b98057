import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type Scalar } from "yaml";
import { ask, told, type Environment } from "../shell/environment.ts";
import { excerpt, type Literal, type PlainValue } from "../python/written.ts";

const MAX_DEPTH = 12;

/** Where a map stands in its text. */
export interface Place {
  text: string;
  lineOf(position: number): number;
  /** Whose anchors and keys it refers to. */
  document: Document;
  /** Values that may still be read: what refers to what refers to much is not written out whole. */
  budget: { left: number };
  environment: Environment;
}

/** Values of one text, at most: a thousand lines have as many. */
export const MAX_VALUES = 20_000;

/** A node's value: what it refers to is its value as well. */
export function literalOf(node: unknown, place: Place, depth = 0): Literal {
  if (node === null) return { value: null };
  if (depth > MAX_DEPTH || place.budget.left-- <= 0) return { problem: "refers to too much" };
  if (isAlias(node)) {
    const meant = node.resolve(place.document);
    return meant === undefined
      ? { problem: `is *${excerpt(node.source, 40)}, which is not in this text` }
      : literalOf(meant, place, depth + 1);
  }
  if (isScalar(node)) return scalar(asPythonReads(node), place, depth, node.range?.[0] ?? 0);
  if (isSeq(node)) {
    const values: PlainValue[] = [];
    for (const item of node.items) {
      const read = literalOf(item, place, depth + 1);
      if ("problem" in read) return read;
      values.push(read.value);
    }
    return { value: values };
  }
  if (!isMap(node)) return { problem: "is not a plain value" };
  const entries: [string, PlainValue][] = [];
  for (const pair of node.items) {
    const { key, value } = isPair(pair) ? pair : { key: null, value: null };
    const read = literalOf(value, place, depth + 1);
    if ("problem" in read) return read;
    if (!isScalar(key) || typeof key.value !== "string" || key.value === "__proto__") {
      return { problem: "has a key that is not a name" };
    }
    entries.push([key.value, read.value]);
  }
  return { value: Object.fromEntries(entries) };
}

/** Python's YAML takes 100_000 for a number. */
function asPythonReads({ value, type }: Scalar): unknown {
  const isNumber = typeof value === "string" && /^[-+]?\d+(?:_\d+)+$/.test(value);
  return isNumber && type === "PLAIN" ? Number(value.replaceAll("_", "")) : value;
}

function scalar(value: unknown, place: Place, depth: number, where: number): Literal {
  if (typeof value === "number") {
    return Number.isFinite(value) ? { value } : { problem: "is not a finite number" };
  }
  if (typeof value === "string" && /\$\{|\{\{.*\}\}/.test(value)) {
    return referred(value, place, depth, where);
  }
  const plain = value === null || typeof value === "string" || typeof value === "boolean";
  return plain ? { value } : { problem: "is not a plain value" };
}

/**
 * What OmegaConf puts in for `${a.b}`, `${oc.select:a.b,default}` and `${oc.env:NAME,default}`; other
 * templates another program fills in.
 */
function referred(text: string, place: Place, depth: number, where: number): Literal {
  const [, path] = /^\$\{([A-Za-z_][\w-]*(?:\.[\w-]+)*)\}$/.exec(text) ?? [];
  if (path !== undefined) {
    const found = at(path, place);
    return found === undefined
      ? { problem: `is ${excerpt(text, 60)}, which is not in this text` }
      : of(literalOf(found, place, depth + 1), `the value of ${path}`);
  }
  const [, resolver, name = "", otherwise] =
    /^\$\{(oc\.select|oc\.env):\s*([\w.-]+)\s*(?:,([^${}]*))?\}$/.exec(text) ?? [];
  const fallback = otherwise === undefined ? undefined : plainText(otherwise.trim());
  if (resolver === "oc.select") {
    const found = at(name, place);
    if (found !== undefined) {
      return of(literalOf(found, place, depth + 1), `the value of ${name}`);
    }
    if (fallback !== undefined) {
      return { value: fallback, from: `what stands in the text where there is no ${name}` };
    }
  }
  if (resolver === "oc.env") {
    const { environment, lineOf } = place;
    const value = told(environment, name);
    ask(environment, { name, line: lineOf(where), default: fallback !== undefined });
    if (value !== undefined)
      return { value: plainText(value.trim()), from: `what was told of $${name}` };
    return fallback === undefined
      ? {
          problem: `is $${name}, which is set outside of this text: write its value in its place`,
        }
      : { value: fallback, from: `what stands in the text in case $${name} is not set` };
  }
  return computed(text, place, depth) ?? joined(text, place, depth);
}

/** What NeMo RL has OmegaConf compute: `${mul:${a.b}, 2}`. */
const COMPUTED: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  max: Math.max,
};

function computed(text: string, place: Place, depth: number): Literal | null {
  const [, name = "", one = "", other = ""] =
    /^\$\{(\w+):\s*(\$\{[^{}]*\}|[^${},]+)\s*,\s*(\$\{[^{}]*\}|[^${},]+)\}$/.exec(text) ?? [];
  const compute = Object.hasOwn(COMPUTED, name) ? COMPUTED[name] : undefined;
  if (compute === undefined) return null;
  const parts = [one, other].map((part) => scalar(part.trim(), place, depth + 1, 0));
  const lost = parts.find((part) => "problem" in part);
  if (lost) return lost;
  const [a = NaN, b = NaN] = parts.map((part) => ("value" in part ? Number(part.value) : NaN));
  const value = compute(a, b);
  return Number.isFinite(value)
    ? { value, from: `${name} of ${one.trim()} and ${other.trim()}` }
    : { problem: `is ${excerpt(text, 60)}, which is no number` };
}

/** A text with keys in it, `checkpoints/${trainer.name}`, where each has a value of its own. */
function joined(text: string, place: Place, depth: number): Literal {
  const unknown = { problem: `is ${excerpt(text, 40)}, which something else fills in` };
  const paths: string[] = [];
  let isKnown = !text.includes("{{");
  const put = text.replaceAll(/\$\{([A-Za-z_][\w.-]*)\}/g, (whole, path: string) => {
    const found = at(path, place);
    const read = found === undefined ? null : literalOf(found, place, depth + 1);
    const value = read && "value" in read ? read.value : null;
    paths.push(path);
    if (typeof value === "string" || typeof value === "number") return String(value);
    isKnown = false;
    return "";
  });
  if (!isKnown || paths.length === 0 || put.includes("${") || put.length > MAX_TEXT) return unknown;
  return { value: put, from: `the value of ${paths.join(" and ")} in the text` };
}

/** Longest text that is put together. */
const MAX_TEXT = 2_000;

const of = (literal: Literal, from: string): Literal =>
  "problem" in literal ? literal : { value: literal.value, from };

/** The node that a path of keys leads to. */
function at(path: string, { document }: Place): unknown {
  let node: unknown = document.contents;
  for (const key of path.split(".")) {
    if (isAlias(node)) node = node.resolve(document);
    if (!isMap(node) || !node.has(key)) return undefined;
    node = node.get(key, true);
  }
  return node;
}

function plainText(text: string): PlainValue {
  if (/^(?:null|none)$/i.test(text)) return null;
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === "true";
  const unquoted = text.replace(/^(['"])(.*)\1$/, "$2");
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : unquoted;
}
