import { parser } from "@lezer/python";
import { findField } from "../schema.ts";
import { isNumber, pairs, parts, readLiteral, type Names, type Node } from "./python-literal.ts";
import { namesOf } from "./python-names.ts";
import {
  excerpt,
  lineCounter,
  MAX_SETTINGS,
  type PlainValue,
  type Reading,
  type Written,
} from "./written.ts";

const LONGEST_STRETCH = 2;
/** Mistakes that are mended before the rest is given up. */
const MAX_REPAIRS = 8;
/** Calls and dicts that are looked at. */
const MAX_CALLS = 50;
const CLASSES = new Set(["GRPOConfig", "UnslothGRPOConfig"]);

/** Milliseconds of parsing that are left. */
export interface Budget {
  left: number;
}

/** Python's syntax tree; null where the parser loses itself in what is no Python. */
export function parsePython(source: string, budget: Budget): Node | null {
  const parse = parser.startParse(source);
  try {
    for (let before = performance.now(); budget.left > 0;) {
      for (let steps = 0; steps < 64; steps++) {
        const tree = parse.advance();
        if (tree) return tree.topNode;
      }
      const now = performance.now();
      // A stretch that took longer was interrupted by something else.
      budget.left -= Math.min(now - before, LONGEST_STRETCH);
      before = now;
    }
  } catch (error) {
    // What nests thousands of levels deep exhausts the stack where the tree is built.
    if (!(error instanceof RangeError)) throw error;
  }
  return null;
}

/**
 * The first configuration that a script makes, or the first dict of its fields; null: none. A place
 * that is not Python ends what the grammar takes for the call, so it is mended or blanked first.
 */
export function readPython(source: string, budget: Budget): Reading | null {
  const mended: string[] = [];
  let text = source;
  let reading: Reading | null = null;
  for (let repairs = 0; repairs <= MAX_REPAIRS; repairs++) {
    const tree = parsePython(text, budget);
    if (tree === null) break;
    const script = { source: text, names: namesOf(tree, text), lineOf: lineCounter(text) };
    const found = findConfig(tree, script);
    if (found === null) break;
    const { node, ...facts } = found;
    const { written, notes } =
      node.name === "CallExpression" ? readCall(node, script) : readDict(node, script);
    reading = { ...facts, written, notes: [...facts.notes, ...mended, ...notes] };
    const error = firstError(node, text);
    if (error === null) break;
    const repair = repairAt(error, script);
    text = repair.text;
    mended.push(repair.note);
    if (repair.text === script.source) {
      reading.notes.push(repair.note);
      break;
    }
  }
  return reading;
}

/** Where the settings are: the first call, or else the first dict. */
function findConfig(
  tree: Node,
  script: Script,
): (Omit<Reading, "written"> & { node: Node }) | null {
  const { source, lineOf } = script;
  const unsloth = /^\s*(import|from)\s+unsloth/m.test(source);
  const calls = callsOf(tree, source);
  const [call] = calls;
  if (!call) {
    const node = dictOf(tree, source);
    return node && { format: "dict", callee: null, unsloth, notes: [], node };
  }
  const { name: callee, node } = call;
  const notes =
    calls.length === 1
      ? []
      : [
          `The script makes ${calls.length} configurations; the first, in line ${lineOf(node.from)}, is read.`,
        ];
  return {
    format: "python",
    callee,
    unsloth: unsloth || callee.startsWith("Unsloth"),
    notes,
    node,
  };
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
function repairAt(at: number, { source, lineOf }: Script): { text: string; note: string } {
  const line = lineOf(at);
  const rest = source.slice(at);
  if (rest.trim() === "") return { text: source, note: "The call is not closed." };
  const before = source.slice(0, at);
  if (/[\w"'\])}][^\S\n]*\n?[^\S\n]+$/.test(before) && /^[\w"'[({-]/.test(rest)) {
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

interface Script {
  source: string;
  names: Names;
  lineOf(position: number): number;
}

/** The calls that make a configuration, under whatever name it was imported. */
function callsOf(tree: Node, source: string): { name: string; node: Node }[] {
  const classOf = new Map([...CLASSES].map((name) => [name, name]));
  for (const [, name = "", alias = ""] of source.matchAll(
    /\b((?:Unsloth)?GRPOConfig)\s+as\s+(\w+)/g,
  )) {
    classOf.set(alias, name);
  }
  const calls: { name: string; node: Node }[] = [];
  tree.cursor().iterate((cursor) => {
    if (cursor.name !== "CallExpression" || calls.length >= MAX_CALLS) return;
    const { node } = cursor;
    const callee = node.firstChild;
    const last = callee?.name === "MemberExpression" ? callee.lastChild : callee;
    const called = last ? classOf.get(source.slice(last.from, last.to)) : undefined;
    if (called !== undefined) calls.push({ name: called, node });
  });
  return calls;
}

const isSetting = (name: string) => {
  const scope = findField(name)?.scope;
  return scope === "grpo" || scope === "export";
};

/** The first dict that has a field among its keys. */
function dictOf(tree: Node, source: string): Node | null {
  let found: Node | null = null;
  let seen = 0;
  tree.cursor().iterate((cursor) => {
    if (found !== null || cursor.name !== "DictionaryExpression" || ++seen > MAX_CALLS) return;
    const { node } = cursor;
    const keys = (pairs(node) ?? []).map(([key]) => source.slice(key.from + 1, key.to - 1));
    if (keys.some(isSetting)) found = node;
  });
  return found;
}

interface Settings {
  written: Written[];
  notes: string[];
}

/** The arguments of a call: keywords, `**{…}`, and output_dir, which may come first without name. */
function readCall(call: Node, script: Script): Settings {
  const { source, lineOf } = script;
  const written: Written[] = [];
  const notes: string[] = [];
  const list = call.getChild("ArgList");
  const found = list ? parts(list) : [];
  for (let i = 0; i < found.length && written.length < MAX_SETTINGS; i++) {
    const [node, sign, value] = found.slice(i);
    if (!node) break;
    const line = lineOf(node.from);
    if (node.name === "VariableName" && sign?.name === "AssignOp") {
      const name = source.slice(node.from, node.to);
      written.push({ name, line, ...readValue(value, script) });
      i += 2;
    } else if (node.name === "**") {
      const { settings, why } = spread(sign, script);
      written.push(...settings);
      if (why) notes.push(`Line ${line}: **${why}`);
      i++;
    } else if (i === 0 && node.name !== "*" && !node.type.isError) {
      written.push({ name: "output_dir", line, ...readValue(node, script) });
    } else if (node.name !== "AssignOp" && !node.type.isError) {
      notes.push(
        `Line ${line}: ${excerpt(source.slice(node.from, node.to))} has no name and is left out.`,
      );
    }
  }
  return { written, notes };
}

/** The settings of `**{…}` or `**name`, where it can be told what the name stands for. */
function spread(node: Node | undefined, script: Script): { settings: Written[]; why?: string } {
  const { source, names, lineOf } = script;
  if (node?.name === "DictionaryExpression") return { settings: readDict(node, script).written };
  const text = node ? excerpt(source.slice(node.from, node.to), 40) : "";
  const read = node && readLiteral(node, source, names);
  if (!read || "problem" in read || !isMap(read.value)) {
    return {
      settings: [],
      why: `${text} is left out: what it holds is not known without running the script.`,
    };
  }
  const line = lineOf(node.from);
  return {
    settings: Object.entries(read.value).map(([name, value]) => ({
      name,
      line,
      text: excerpt(JSON.stringify(value)),
      literal: { value },
    })),
  };
}

const isMap = (value: PlainValue): value is { readonly [name: string]: PlainValue } =>
  value !== null && typeof value === "object" && !Array.isArray(value);

function readDict(dict: Node, script: Script): Settings {
  const entries = pairs(dict);
  if (!entries) {
    const line = script.lineOf(dict.from);
    return {
      written: [],
      notes: [`The dict in line ${line} is not made of plain keys and values.`],
    };
  }
  const written = entries.slice(0, MAX_SETTINGS).flatMap(([key, value]): Written[] => {
    const name = readLiteral(key, script.source, script.names);
    if ("problem" in name || typeof name.value !== "string") return [];
    return [{ name: name.value, line: script.lineOf(key.from), ...readValue(value, script) }];
  });
  return { written, notes: [] };
}

function readValue(
  node: Node | undefined,
  { source, names }: Script,
): Pick<Written, "text" | "literal"> {
  if (!node) return { text: "", literal: { problem: "is missing" } };
  return {
    text: excerpt(source.slice(node.from, node.to)),
    literal: readLiteral(node, source, names),
  };
}
