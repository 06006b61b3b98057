import { argumentDefault, argumentNames, isParsed } from "./argparse.ts";
import { classEntries, instanceOf } from "./class-entries.ts";
import { put, type Entries } from "./entries.ts";
import { parts, readLiteral, type Follow, type Node } from "./python-literal.ts";
import type { Effect } from "./effects.ts";
import type { Script } from "./script.ts";
import { argumentsOf, calleeOf, isWithin, stringOf, textOf } from "./syntax.ts";
import { excerpt, type PlainValue, type Written } from "./written.ts";

/** A script, and what its expressions stand for. */
export interface Context {
  script: Script;
  follow: Follow;
}

const MAX_DEPTH = 12;

/** One setting, read where its value stands. */
export function writtenAt(
  name: string,
  at: Node,
  value: Node,
  { script, follow }: Context,
): Written {
  const literal = readLiteral(value, follow);
  return {
    name,
    line: script.lineOf(at.from),
    text: excerpt(textOf(value, script.source)),
    literal,
    ...("from" in literal && literal.from !== undefined ? { from: literal.from } : {}),
  };
}

/** What a dict-like expression holds; null where nothing of it is known. */
export function readMapping(node: Node, context: Context, depth = 0): Entries | null {
  if (depth > MAX_DEPTH) return null;
  const { source } = context.script;
  switch (node.name) {
    case "ParenthesizedExpression": {
      const [only] = parts(node);
      return only ? readMapping(only, context, depth + 1) : null;
    }
    case "DictionaryExpression":
      return readDict(node, context, depth);
    case "BinaryExpression": {
      const [left, sign, right] = parts(node);
      if (!left || !sign || !right || textOf(sign, source) !== "|") return null;
      return merged(
        [readMapping(left, context, depth + 1), readMapping(right, context, depth + 1)],
        context.script.lineOf(node.from),
        excerpt(textOf(node, source), 40),
      );
    }
    case "CallExpression":
      return readMakingCall(node, context, depth);
    case "VariableName":
      return readNamed(node, context, depth);
    case "MemberExpression":
      return ofLiteral(node, context);
  }
  return null;
}

/** A nested dict that is known as a value: `settings["training"]`. */
function ofLiteral(node: Node, { script, follow }: Context): Entries | null {
  const read = readLiteral(node, follow);
  if ("problem" in read || !isPlainMap(read.value)) return null;
  const line = script.lineOf(node.from);
  const written = Object.entries(read.value).map(([name, value]): [string, Written] => [
    name,
    { name, line, text: excerpt(JSON.stringify(value)), literal: { value } },
  ]);
  return { written: new Map(written), open: [] };
}

export const isPlainMap = (value: PlainValue): value is { readonly [name: string]: PlainValue } =>
  value !== null && typeof value === "object" && !Array.isArray(value);

function readDict(node: Node, context: Context, depth: number): Entries {
  const { script } = context;
  const entries: Entries = { written: new Map(), open: [] };
  const found = parts(node);
  for (let i = 0; i < found.length; i += 2) {
    const [key, value] = found.slice(i, i + 2);
    if (key?.name === "Ellipsis") {
      entries.open.push(`the ... in line ${script.lineOf(key.from)}`);
      i--;
      continue;
    }
    if (!key || !value) break;
    if (key.name === "**") {
      spreadInto(entries, value, context, depth);
      continue;
    }
    const name = stringOf(key, script.source) ?? keyOf(key, context);
    if (name === null) entries.open.push(`a key in line ${script.lineOf(key.from)}`);
    else entries.written.set(name, writtenAt(name, key, value, context));
  }
  if (found.some(({ name }) => name === "for")) {
    return { written: new Map(), open: [`the dict in line ${script.lineOf(node.from)}`] };
  }
  return entries;
}

function keyOf(key: Node, { follow }: Context): string | null {
  const read = readLiteral(key, follow);
  return "value" in read && typeof read.value === "string" ? read.value : null;
}

/** Puts what `**value` holds on top; says so where it is not known. */
export function spreadInto(entries: Entries, value: Node, context: Context, depth = 0): void {
  const read = readMapping(value, context, depth + 1);
  const { script } = context;
  if (read === null) {
    const text = excerpt(textOf(value, script.source), 40);
    entries.open.push(`**${text} in line ${script.lineOf(value.from)}`);
    return;
  }
  put(entries, read);
}

function merged(both: readonly (Entries | null)[], line: number, text: string): Entries {
  const entries: Entries = { written: new Map(), open: [] };
  for (const each of both) {
    if (each) put(entries, each);
    else put(entries, { written: new Map(), open: [`${text} in line ${line}`] });
  }
  return entries;
}

const COPIES = new Set(["copy", "deepcopy", "OrderedDict", "EasyDict", "AttrDict"]);

/** Keywords of a call as the entries of a dict: positional dicts first, then `**`, then names. */
export function readKeywords(call: Node, context: Context, depth = 0): Entries {
  const { source, lineOf } = context.script;
  const given = argumentsOf(call, source);
  const entries: Entries = { written: new Map(), open: [] };
  for (const value of given.positional) spreadInto(entries, value, context, depth);
  for (const value of given.spread) spreadInto(entries, value, context, depth);
  for (const [name, value] of given.named) {
    // The name stands before its value; `value` alone would be on a later line, perhaps.
    entries.written.set(name, {
      ...writtenAt(name, value, value, context),
      line: lineOf(value.prevSibling?.prevSibling?.from ?? value.from),
    });
  }
  return entries;
}

function readMakingCall(call: Node, context: Context, depth: number): Entries | null {
  const { script } = context;
  const called = calleeOf(call, script.source);
  const { positional } = argumentsOf(call, script.source);
  if (called === "dict" || called === "OrderedDict") return readKeywords(call, context, depth);
  if (called === "asdict" || called === "vars" || called === "to_dict") {
    const callee = call.firstChild;
    const object = called === "to_dict" ? callee?.firstChild : positional[0];
    if (!object) return null;
    const made = classEntries(object, script, (name, at, value) =>
      writtenAt(name, at, value, context),
    );
    return made ?? (called === "vars" ? parsedEntries(object, context) : null);
  }
  if (COPIES.has(called)) {
    const callee = call.firstChild;
    const of = positional[0] ?? (callee?.name === "MemberExpression" ? callee.firstChild : null);
    return of ? readMapping(of, context, depth + 1) : null;
  }
  return null;
}

/** `vars(args)` of argparse: each argument as the command line leaves it that says nothing. */
function parsedEntries(object: Node, context: Context): Entries | null {
  const { script } = context;
  const call = instanceOf(object, script);
  const changed = script.effects.has(textOf(object, script.source));
  if (!call || !isParsed(call, script.source) || changed) return null;
  const written = argumentNames(context)?.map((name): [string, Written] => {
    const literal = argumentDefault(name, context) ?? {
      problem: `is the argument --${name}, whose value is not known without running the script`,
    };
    const from = "from" in literal && literal.from !== undefined ? { from: literal.from } : {};
    return [name, { name, line: script.lineOf(object.from), text: "", literal, ...from }];
  });
  return written ? { written: new Map(written), open: [] } : null;
}

/** A dict that a name stands for, with what was changed in it before this place. */
function readNamed(node: Node, context: Context, depth: number): Entries | null {
  const { script } = context;
  const name = textOf(node, script.source);
  const [binding, ...others] = script.bindings.get(name) ?? [];
  if (!binding?.value || others.length > 0 || binding.owner !== null) return null;
  if (binding.at > node.from || !isWithin(node, binding.block)) return null;
  const entries = readMapping(binding.value, context, depth + 1);
  if (entries === null) return null;
  const effects = script.effects.get(name) ?? [];
  applyEffects(
    entries,
    effects,
    { after: binding.at, until: node.from, block: binding.block },
    context,
  );
  return entries;
}

/** Where effects count: between two places, and at once only in this block. */
export interface Stretch {
  after: number;
  until: number;
  block: Node;
}

/**
 * Applies what changes a dict or an object. A change in a branch, a loop or a function may happen or
 * not, so the key that it changes is not known any more.
 */
export function applyEffects(
  entries: Entries,
  effects: readonly Effect[],
  { after, until, block }: Stretch,
  context: Context,
): void {
  const { lineOf } = context.script;
  for (const effect of effects.toSorted((a, b) => a.at - b.at)) {
    const straight = effect.block.from === block.from && effect.block.to === block.to;
    const elsewhere = inFunction(effect.block, block);
    if (!elsewhere && (effect.at < after || effect.at > until)) continue;
    const line = lineOf(effect.at);
    if (straight) applyOne(entries, effect, line, context);
    else uncertain(entries, effect, line, context);
  }
}

/** Whether a block is in a function that the other block is not in: it may run at any time. */
function inFunction(block: Node, other: Node): boolean {
  for (let at: Node | null = block; at; at = at.parent) {
    if (at.name === "FunctionDefinition" || at.name === "LambdaExpression") {
      return !isWithin(other, at);
    }
  }
  return false;
}

function applyOne(entries: Entries, effect: Effect, line: number, context: Context): void {
  const { key, value, merges, kind, at } = effect;
  if (merges) {
    const more =
      merges.name === "CallExpression" && calleeOf(merges, context.script.source) === "update"
        ? readKeywords(merges, context)
        : (readMapping(merges, context) ?? {
            written: new Map(),
            open: [`the change in line ${line}`],
          });
    put(entries, more);
    return;
  }
  if (kind === "unknown" || key === null) {
    uncertain(entries, effect, line, context);
    return;
  }
  if (kind === "remove") entries.written.delete(key);
  else if (value && !(kind === "default" && entries.written.has(key))) {
    entries.written.set(key, {
      ...writtenAt(key, value, value, context),
      line: context.script.lineOf(at),
    });
  }
}

function uncertain(entries: Entries, effect: Effect, line: number, context: Context): void {
  const { key, merges } = effect;
  const keys = key !== null ? [key] : merges ? keysOf(merges, context) : null;
  if (keys === null) {
    put(entries, { written: new Map(), open: [`the change in line ${line}`] });
    return;
  }
  for (const name of keys) {
    const before = entries.written.get(name);
    entries.written.set(name, {
      name,
      line,
      text: before?.text ?? "",
      literal: { problem: `is changed in line ${line}, or not` },
    });
  }
}

/** The names that a merge sets; null where it is not known. */
function keysOf(merges: Node, context: Context): string[] | null {
  const entries =
    merges.name === "CallExpression" ? readKeywords(merges, context) : readMapping(merges, context);
  return entries && entries.open.length === 0 ? [...entries.written.keys()] : null;
}
