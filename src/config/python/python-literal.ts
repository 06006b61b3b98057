import type { parser } from "@lezer/python";
import { readString } from "./python-string.ts";
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

const BEYOND = "is an expression that is not worked out here";

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
    case "ParenthesizedExpression": {
      const [only] = parts(node);
      return only ? inner(only) : problem("is empty");
    }
    case "UnaryExpression":
      return unary(parts(node), source, inner);
    case "BinaryExpression":
      return binary(parts(node), source, inner);
    case "TupleExpression":
    case "ArrayExpression":
      return list(parts(node).map(inner));
    case "DictionaryExpression":
      return dictionary(node, inner);
  }
  return problem(node.type.isError ? "is not Python" : BEYOND);
}

const problem = (why: string): Literal => ({ problem: why });

/** A text or a whole number as it can stand in another text; undefined for anything else. */
function plainText(value: PlainValue): string | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : undefined;
  return typeof value === "string" && /^[\w ./:+-]*$/.test(value) ? value : undefined;
}

/** f"runs/{N}": what stands in the braces must be known, and plain enough to be put in. */
function formatted(node: Node, source: string, inner: (node: Node) => Literal): Literal {
  let text = source.slice(node.from, node.to);
  for (const replacement of parts(node).toReversed()) {
    const [value, ...rest] = parts(replacement);
    const read = value && inner(value);
    if (read && "problem" in read) return read;
    const put = read && plainText(read.value);
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
  return finite(value);
}

const finite = (value: number): Literal =>
  Number.isFinite(value) ? { value: value + 0 } : problem("is not a finite number");

function unary(
  [operator, operand]: Node[],
  source: string,
  inner: (node: Node) => Literal,
): Literal {
  if (!operator || !operand) return problem("is not Python");
  const read = inner(operand);
  if ("problem" in read) return read;
  const sign = source.slice(operator.from, operator.to);
  if (sign === "not" && typeof read.value === "boolean") return { value: !read.value };
  if (typeof read.value !== "number") return problem(BEYOND);
  if (sign === "-") return finite(-read.value);
  return sign === "+" ? read : problem(BEYOND);
}

/** As Python computes: // and % round towards minus infinity. */
const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": (a, b) => Math.floor(a / b),
  "%": (a, b) => a - b * Math.floor(a / b),
  "**": (a, b) => a ** b,
};

function binary(
  [left, operator, right]: Node[],
  source: string,
  inner: (node: Node) => Literal,
): Literal {
  if (!left || !operator || !right) return problem("is not Python");
  const a = inner(left);
  if ("problem" in a) return a;
  const b = inner(right);
  if ("problem" in b) return b;
  const sign = source.slice(operator.from, operator.to);
  if (typeof a.value === "string" && typeof b.value === "string" && sign === "+") {
    return { value: a.value + b.value };
  }
  const compute = Object.hasOwn(ARITHMETIC, sign) ? ARITHMETIC[sign] : undefined;
  if (!compute || typeof a.value !== "number" || typeof b.value !== "number") {
    return problem(BEYOND);
  }
  return finite(compute(a.value, b.value));
}

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
