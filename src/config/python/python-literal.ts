import type { parser } from "@lezer/python";
import { readString } from "./python-string.ts";
import { BEYOND, binary, finite, unary } from "./operators.ts";
import { excerpt, type Literal, type PlainValue } from "./written.ts";

/** A node of Python's syntax tree. */
export type Node = ReturnType<typeof parser.parse>["topNode"];

/** What names, attributes and calls stand for, as far as that can be told without running them. */
export interface Follow {
  source: string;
  /** Null where the name stands for nothing that is known. */
  name(node: Node): Literal | null;
  member(node: Node, inner: (node: Node) => Literal): Literal | null;
  call(node: Node, inner: (node: Node) => Literal): Literal | null;
  /** `a if x else b`. */
  conditional(node: Node, inner: (node: Node) => Literal): Literal | null;
}

const MAX_DEPTH = 40;
const PUNCTUATION = new Set(["(", ")", "[", "]", "{", "}", ",", ":", "Comment"]);

/** Children that are looked at: a configuration has some hundred fields of three nodes each. */
const MAX_PARTS = 1000;

/** A node's children, without brackets, commas and comments. */
export function parts(node: Node): Node[] {
  const found: Node[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (found.length >= MAX_PARTS) break;
    if (!PUNCTUATION.has(child.name)) found.push(child);
  }
  return found;
}

/**
 * The value of an expression of literals: numbers, texts, None, True, False, arithmetic, tuples,
 * lists, dicts, and what `follow` knows. Anything else is refused; nothing is run.
 */
export function readLiteral(node: Node, follow: Follow, depth = 0): Literal {
  const { source } = follow;
  const text = source.slice(node.from, node.to);
  const inner = (child: Node) => readLiteral(child, follow, depth + 1);
  if (depth > MAX_DEPTH) return problem("is nested too deeply");
  switch (node.name) {
    case "Number":
      return readNumber(text);
    case "Boolean":
      return { value: text === "True" };
    case "None":
      return { value: null };
    case "FormatString":
      return formatted(node, source, inner);
    case "String":
      return readText(text);
    case "ContinuedString":
      return joined(parts(node).map(inner));
    case "VariableName":
      return (
        follow.name(node) ??
        problem(
          `is the name ${excerpt(text, 40)}, whose value is not known without running the script`,
        )
      );
    case "MemberExpression":
      // "1." and "1.e5", which the grammar takes for attributes of 1.
      if (isNumber(text)) return readNumber(text);
      return (
        follow.member(node, inner) ??
        problem(`is ${excerpt(text, 40)}, whose value is not known without running the script`)
      );
    case "CallExpression":
      return (
        follow.call(node, inner) ??
        problem(`is ${excerpt(text, 40)}, whose value is not known without running the script`)
      );
    case "ConditionalExpression":
      return follow.conditional(node, inner) ?? problem(BEYOND);
    case "ParenthesizedExpression": {
      const [only] = parts(node);
      return only ? inner(only) : problem("is empty");
    }
    case "UnaryExpression":
    case "BinaryExpression":
      return operated(node, source, inner);
    case "TupleExpression":
    case "ArrayExpression":
      return list(parts(node).map(inner));
    case "DictionaryExpression":
      return dictionary(node, inner);
  }
  return problem(node.type.isError ? "is not Python" : BEYOND);
}

const problem = (why: string): Literal => ({ problem: why });

type Known = Extract<Literal, { value: PlainValue }>;

/** A text or a whole number as it can stand in another text; undefined for anything else. */
function plainText({ value, float }: Known): string | undefined {
  if (float) return undefined;
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : undefined;
  return typeof value === "string" && /^[\w ./:+-]*$/.test(value) ? value : undefined;
}

/** f"runs/{N}": what stands in the braces must be known, and plain enough to be put in. */
function formatted(node: Node, source: string, inner: (node: Node) => Literal): Literal {
  let text = source.slice(node.from, node.to);
  if (/\{\{|\}\}/.test(text)) return problem(BEYOND);
  for (const replacement of parts(node).toReversed()) {
    const [value, ...rest] = parts(replacement);
    const read = value && inner(value);
    if (read && "problem" in read) return read;
    const put = read && plainText(read);
    if (put === undefined || rest.length > 0) {
      return problem(BEYOND);
    }
    const from = replacement.from - node.from;
    const to = replacement.to - node.from;
    text = text.slice(0, from) + put + text.slice(to);
  }
  return readText(text.replace(/^([a-z]*)f/i, "$1"));
}

function readText(literal: string): Literal {
  const value = readString(literal);
  return value === undefined ? problem("is not text") : { value };
}

const NUMBER = /^(0x[0-9a-f]+|0o[0-7]+|0b[01]+|(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)$/i;

export const isNumber = (text: string): boolean => NUMBER.test(text.replaceAll("_", ""));

function readNumber(text: string): Literal {
  const plain = text.replaceAll("_", "");
  const value = Number(plain);
  if (!NUMBER.test(plain) || /^0\d*[1-9]\d*$/.test(plain)) return problem("is not a plain number");
  const read = finite(value);
  return "value" in read && /[.e]/i.test(plain) && !/^0x/i.test(plain)
    ? { ...read, float: true }
    : read;
}

/** `-a`, `a + b`, `a is not None`: what is worked out from a default is a default as well. */
function operated(node: Node, source: string, inner: (node: Node) => Literal): Literal {
  const found = parts(node);
  const operands = node.name === "UnaryExpression" ? found.slice(-1) : [found[0], found.at(-1)];
  const [a, b] = operands.map((each) => (each ? inner(each) : problem("is not Python")));
  if (!a || "problem" in a) return a ?? problem("is not Python");
  if (b && "problem" in b) return b;
  const signs = found.slice(b ? 1 : 0, -1).map(({ from, to }) => source.slice(from, to));
  // `a < b < c` is no comparison of the first with the last.
  const chained = found[0]?.getChild("CompareOp") && COMPARES.test(signs.join(" "));
  const read = b ? binary(a.value, signs.join(" "), b.value) : unary(signs.join(" "), a.value);
  const from = a.from ?? b?.from;
  if (chained) return problem(BEYOND);
  if ("problem" in read) return read;
  const isFloat = a.float === true || b?.float === true || /^(\/|\*\*)$/.test(signs.join(" "));
  const typed =
    typeof read.value === "number" && isFloat ? { ...read, float: true as const } : read;
  if (from === undefined) return typed;
  return { ...typed, from: from.startsWith(WORKED_OUT) ? from : `${WORKED_OUT} ${from}` };
}

const WORKED_OUT = "worked out from";
const COMPARES = /^([<>]=?|[=!]=)$/;

function joined(pieces: Literal[]): Literal {
  const texts: string[] = [];
  for (const piece of pieces) {
    if ("problem" in piece) return piece;
    if (typeof piece.value !== "string") return problem("is not text");
    texts.push(piece.value);
  }
  return { value: texts.join("") };
}

function list(items: Literal[]): Literal {
  const values: PlainValue[] = [];
  for (const item of items) {
    if ("problem" in item) return item;
    values.push(item.value);
  }
  return { value: values };
}

/** Keys and values of a dict expression in turn; undefined where it is not that plain. */
export function pairs(node: Node): [key: Node, value: Node][] | undefined {
  const found = parts(node);
  if (found.length % 2 !== 0 || found.some(({ name }) => name === "**" || name === "for")) {
    return undefined;
  }
  return Array.from({ length: found.length / 2 }, (_, i): [Node, Node] => [
    found[2 * i] ?? node,
    found[2 * i + 1] ?? node,
  ]);
}

function dictionary(node: Node, inner: (node: Node) => Literal): Literal {
  const entries: [string, PlainValue][] = [];
  for (const [key, value] of pairs(node) ?? []) {
    const [name, read] = [inner(key), inner(value)];
    if ("problem" in name) return name;
    if ("problem" in read) return read;
    if (typeof name.value !== "string" || name.value === "__proto__") {
      return problem("has a key that is not a name");
    }
    entries.push([name.value, read.value]);
  }
  return pairs(node) ? { value: Object.fromEntries(entries) } : problem(BEYOND);
}
