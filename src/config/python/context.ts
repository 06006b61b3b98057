import { literalOf, type Entries, type Entry } from "./entries.ts";
import { readLiteral, type Follow, type Node } from "./python-literal.ts";
import type { Script } from "./script.ts";
import { calleeOf, textOf } from "./syntax.ts";
import { excerpt } from "./written.ts";

/** A script, and what its expressions stand for. */
export interface Context {
  script: Script;
  follow: Follow;
  /** How many dicts are still looked up by a name. */
  budget: { left: number };
  /** What a dict-like expression holds, as it is at a place of the text; null: not known. */
  mapping(node: Node, until?: number): Entries | null;
  /** Keywords of a call as the entries of a dict. */
  keywords(call: Node): Entries;
}

/** One setting, read where its value stands; a dict that is written there, piece by piece. */
export function entryAt(name: string, at: Node, value: Node, context: Context): Entry {
  const { script, follow } = context;
  const literal = readLiteral(value, follow);
  const inner = isDict(value, script.source) ? context.mapping(value) : null;
  return {
    name,
    line: script.lineOf(at.from),
    text: excerpt(textOf(value, script.source)),
    literal: inner && "problem" in literal ? literalOf(inner) : literal,
    ...("from" in literal && literal.from !== undefined ? { from: literal.from } : {}),
    ...(inner && { inner }),
  };
}

const isDict = (value: Node, source: string): boolean =>
  value.name === "DictionaryExpression" ||
  (value.name === "CallExpression" && calleeOf(value, source) === "dict");
