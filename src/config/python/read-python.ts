import { parser } from "@lezer/python";
import { environmentOf, type Environment } from "../shell/environment.ts";
import { findConfigs } from "./find-config.ts";
import type { FoundConfig } from "./found-config.ts";
import { isNumber, type Node } from "./python-literal.ts";
import { scriptOf } from "./script.ts";
import {
  excerpt,
  lineCounter,
  MAX_SETTINGS,
  plainReading,
  type Named,
  type Reading,
} from "./written.ts";

/** Mistakes that are mended before the rest is given up. */
const MAX_REPAIRS = 8;

/** Steps of parsing that are left; a character takes one at the most. */
export interface Budget {
  left: number;
}

/** Python's syntax tree; null where the parser loses itself in what is no Python. */
export function parsePython(source: string, budget: Budget): Node | null {
  const parse = parser.startParse(source);
  try {
    for (; budget.left > 0; budget.left--) {
      const tree = parse.advance();
      if (tree) return tree.topNode;
    }
  } catch (error) {
    // What nests thousands of levels deep exhausts the stack where the tree is built.
    if (!(error instanceof RangeError)) throw error;
  }
  return null;
}

/** A line of dots among arguments, which people write for those that they leave out. */
const LEFT_OUT = /^([ \t]+)(?:\.\.\.|…)[ \t]*,?([ \t]*(?:#.*)?)$/gm;

/**
 * The configuration that a script makes and trains with, or the first dict of its fields; null: none. A place
 * that is not Python ends what the grammar takes for the call, so it is mended or blanked first.
 */
export function readPython(
  source: string,
  budget: Budget,
  environment: Environment = environmentOf(),
): Reading | Named | null {
  const mended: string[] = [];
  let text = source.replaceAll(LEFT_OUT, "$1...,$2");
  let reading: Reading | Named | null = null;
  for (let repairs = 0; repairs <= MAX_REPAIRS; repairs++) {
    const tree = parsePython(text, budget);
    if (tree === null) break;
    const script = scriptOf(tree, text, lineCounter(text), environment);
    const found = findConfigs(tree, script);
    if (found === null || "is" in found) {
      reading ??= found;
      break;
    }
    reading = toReading(found);
    reading.notes.unshift(...mended);
    const [error] = found.nodes.flatMap((node) => firstError(node, text) ?? []);
    if (error === undefined) break;
    const repair = repairAt(error, text, script.lineOf);
    const ended = repair.text === text;
    text = repair.text;
    mended.push(repair.note);
    if (ended) {
      reading.notes.push(repair.note);
      break;
    }
  }
  return reading;
}

function toReading({ entries, callee, notes, format }: FoundConfig): Reading {
  const written = [...entries.written.values()].slice(0, MAX_SETTINGS);
  return { ...plainReading(format, written), callee, open: entries.open, notes: [...notes] };
}

/** The first place within a node that is not Python; the grammar knows no `1.` but Python does. */
function firstError(node: Node, source: string): number | null {
  let found: number | null = null;
  node.cursor().iterate((cursor) => {
    if (cursor.name === "MemberExpression" && isNumber(source.slice(cursor.from, cursor.to)))
      return false;
    if (cursor.type.isError) found ??= cursor.from;
    return found === null;
  });
  return found;
}

/** The text with a comma where one is missing, or else without the line; unchanged at its end. */
function repairAt(
  at: number,
  source: string,
  lineOf: (position: number) => number,
): { text: string; note: string } {
  const line = lineOf(at);
  const rest = source.slice(at);
  if (rest.trim() === "") return { text: source, note: "The call is not closed." };
  const before = source.slice(0, at);
  if (/[\w"'\])}.][^\S\n]*\n?[^\S\n]+$/.test(before) && /^[\w"'[({-]/.test(rest)) {
    const lineBefore = lineOf(before.trimEnd().length);
    return {
      text: `${before.slice(0, -1)},${rest}`,
      note: `Line ${lineBefore}: a comma is missing after ${excerpt(lastLine(before.trimEnd()), 40)}.`,
    };
  }
  const start = before.lastIndexOf("\n") + 1;
  const end = source.indexOf("\n", at);
  const stop = end < 0 ? source.length : end;
  // Without its first line there would be no call.
  if (callBegins.test(source.slice(start, stop))) {
    return {
      text: source,
      note: `Line ${line} is not valid Python; what follows it was not read.`,
    };
  }
  return {
    text: source.slice(0, start) + " ".repeat(stop - start) + source.slice(stop),
    note: `Line ${line} is not valid Python and was left out.`,
  };
}

const lastLine = (text: string) => text.slice(text.lastIndexOf("\n") + 1);
const callBegins = /GRPOConfig|^\s*\{/;
