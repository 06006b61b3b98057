import { applyEffects } from "./apply-effects.ts";
import { argumentDefault, argumentNames, isParsed } from "./argparse.ts";
import { classEntries, instanceOf } from "./class-entries.ts";
import { entryAt, type Context } from "./context.ts";
import { either } from "./either.ts";
import { entriesOf, innerOf, isPlainMap, put, type Entries } from "./entries.ts";
import { parts, readLiteral, type Node } from "./python-literal.ts";
import { reaching } from "./reaching.ts";
import { replaces } from "./aliases.ts";
import { pathOf, type Effect } from "./effects.ts";
import type { Script } from "./script.ts";
import { argumentsOf, calleeOf, stringOf, textOf } from "./syntax.ts";
import { excerpt, type Written } from "./written.ts";

const MAX_DEPTH = 12;

/** Where a dict is read: what changed it before `until` counts. */
interface Place {
  depth: number;
  until: number;
}

const placeAt = ({ from }: Node, { depth }: Place): Place => ({ depth: depth + 1, until: from });

const deeper = ({ depth, until }: Place): Place => ({ depth: depth + 1, until });

/** What a dict-like expression holds; null where nothing of it is known. */
export function readMapping(
  node: Node,
  context: Context,
  place: Place = { depth: 0, until: node.from },
): Entries | null {
  if (place.depth > MAX_DEPTH) return null;
  const { script } = context;
  const [first, sign, second] = parts(node);
  switch (node.name) {
    case "ParenthesizedExpression":
      return first ? readMapping(first, context, deeper(place)) : null;
    case "DictionaryExpression":
      return readDict(node, place, context);
    case "ConditionalExpression": {
      const all = script
        .alternatives(node)
        .map((each) => each && readMapping(each, context, deeper(place)));
      return joined(all, [script.lineOf(sign?.from ?? node.from)]);
    }
    case "BinaryExpression":
      if (!first || !sign || !second || textOf(sign, script.source) !== "|") return null;
      return merged(
        [
          readMapping(first, context, placeAt(first, place)),
          readMapping(second, context, placeAt(second, place)),
        ],
        script.lineOf(node.from),
        excerpt(textOf(node, script.source), 40),
      );
    case "CallExpression":
      return readMakingCall(node, place, context);
    case "VariableName":
      return readNamed(node, place, context);
    case "MemberExpression":
      return ofMember(node, place, context);
  }
  return null;
}

/** A dict in a dict: `settings["training"]`. */
function ofMember(node: Node, place: Place, context: Context): Entries | null {
  const { source } = context.script;
  const [object, index] = parts(node);
  const key = node.lastChild?.name === "]" ? stringOf(index, source) : null;
  if (!object || key === null) {
    const read = readLiteral(node, context.follow);
    const known = "value" in read && isPlainMap(read.value) ? read.value : null;
    return known && entriesOf(known, context.script.lineOf(node.from));
  }
  if (isReplaced(node, place, context.script)) return null;
  const entry = readMapping(object, context, deeper(place))?.written.get(key);
  return entry ? innerOf(entry) : null;
}

function readDict(node: Node, place: Place, context: Context): Entries {
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
      // What is not known of it may set again what stands before it.
      put(entries, spread(value, placeAt(value, place), context));
      continue;
    }
    const name = stringOf(key, script.source) ?? keyOf(key, context);
    if (name === null) {
      put(entries, { written: new Map(), open: [`a key in line ${script.lineOf(key.from)}`] });
    } else entries.written.set(name, entryAt(name, key, value, context));
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
  const more = spread(value, { depth, until: value.from }, context);
  // Python takes no name twice, so what is not known sets none that is there.
  if (more.written.size > 0) put(entries, more);
  else entries.open.push(...more.open);
}

function spread(value: Node, place: Place, context: Context): Entries {
  const read = readMapping(value, context, place);
  if (read !== null) return read;
  const { script } = context;
  const text = excerpt(textOf(value, script.source), 40);
  return { written: new Map(), open: [`**${text} in line ${script.lineOf(value.from)}`] };
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
  for (const value of [...given.positional, ...given.spread])
    spreadInto(entries, value, context, depth + 1);
  for (const [name, value] of given.named) {
    // The name stands before its value; `value` alone would be on a later line, perhaps.
    entries.written.set(name, {
      ...entryAt(name, value, value, context),
      line: lineOf(value.prevSibling?.prevSibling?.from ?? value.from),
    });
  }
  return entries;
}

function readMakingCall(call: Node, place: Place, context: Context): Entries | null {
  const { script } = context;
  const called = calleeOf(call, script.source);
  // The script's own function of that name does what it does.
  if (script.functions.has(called)) return null;
  const { positional } = argumentsOf(call, script.source);
  if (called === "dict" || called === "OrderedDict")
    return readKeywords(call, context, place.depth + 1);
  if (called === "asdict" || called === "vars" || called === "to_dict") {
    const callee = call.firstChild;
    const object = called === "to_dict" ? callee?.firstChild : positional[0];
    if (!object) return null;
    const made = classEntries(object, script, (name, node, value) =>
      entryAt(name, node, value, context),
    );
    return made ?? (called === "vars" ? parsedEntries(object, context) : null);
  }
  if (COPIES.has(called)) {
    const callee = call.firstChild;
    const of = positional[0] ?? (callee?.name === "MemberExpression" ? callee.firstChild : null);
    return of ? readMapping(of, context, placeAt(of, place)) : null;
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
function readNamed(node: Node, place: Place, context: Context): Entries | null {
  const { script, budget } = context;
  if (--budget.left < 0) return null;
  const found = reaching(node, script);
  const effects = script.effects.get(textOf(node, script.source)) ?? [];
  if (found === null || isMadeAnew(node, place, effects, script)) return null;
  const read = found.bindings.map((binding): Entries | null => {
    const { value, owner, at, block } = binding;
    if (value === null || owner !== null) return null;
    // Another name of the same dict: it changes with it.
    const isAlias = value.name === "VariableName" || value.name === "MemberExpression";
    const until = isAlias ? place.until : value.from;
    const entries = readMapping(value, context, { depth: place.depth + 1, until });
    if (entries === null) return null;
    const stretch = { after: at, until: place.until, block, reader: node };
    applyEffects(entries, effects, stretch, context);
    return entries;
  });
  return joined(
    read,
    found.on.map(({ from }) => script.lineOf(from)),
  );
}

/** Whether something else may have come into its place since another name was given to it. */
function isReplaced(node: Node, { until }: Place, { effects, source }: Script): boolean {
  const path = pathOf(node, source);
  return (effects.get(path?.name ?? "") ?? []).some(
    (each) => each.at > node.from && each.at <= until && replaces(each, path?.keys ?? []),
  );
}

/** Whether changes that come later may be of another dict of the same name. */
const isMadeAnew = (
  node: Node,
  { until }: Place,
  effects: readonly Effect[],
  { bindings, source }: Script,
): boolean =>
  (bindings.get(textOf(node, source)) ?? []).length > 1 &&
  effects.some((effect) => effect.at > node.from && effect.at <= until);

/** What one of several dicts holds, where it is not known which; null: one of them is not known. */
function joined(read: readonly (Entries | null)[], lines: readonly number[]): Entries | null {
  const known = read.filter((each) => each !== null);
  const [only, ...others] = known;
  if (!only || known.length < read.length) return null;
  if (others.length === 0) return only;
  // Which condition makes which difference is not told apart.
  return either(
    known.map((entries, i) => ({ taken: lines.map(() => i), entries })),
    lines,
  );
}
