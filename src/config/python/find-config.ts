import { basesOf, classDefaults, lineage, madeLater } from "./class-entries.ts";
import { otherClass } from "./other-classes.ts";
import { applyEffects } from "./apply-effects.ts";
import { argsSetAgain, changesElsewhere, changesOf, unseenCalls } from "./config-changes.ts";
import { decidedByText, within } from "./branches.ts";
import { choicesOf, joinedWays, type Found } from "./choices.ts";
import { entryAt, type Context } from "./context.ts";
import { dictConfig } from "./dict-config.ts";
import { followerOf } from "./follow.ts";
import type { FoundConfig } from "./found-config.ts";
import { spreadInto } from "./mapping.ts";
import { TRAINER_ARGS } from "./effects.ts";
import { put, type Entries } from "./entries.ts";
import { parts, type Node } from "./python-literal.ts";
import type { Script } from "./script.ts";
import { argumentsOf, calleeOf, textOf } from "./syntax.ts";
import { trainedConfig } from "./trained-config.ts";
import { excerpt, type Named } from "./written.ts";

/** Calls and dicts that are looked at. */
const MAX_CALLS = 50;
const CLASSES = ["GRPOConfig", "UnslothGRPOConfig"] as const;

/** A name that makes a configuration when it is called, and what it brings along. */
interface Maker {
  className: string;
  /** Defaults of a subclass, arguments of a partial; null: none. */
  definition: Node | null;
}

/**
 * The configuration that a script trains with, what it is instead, or null. Where conditions decide
 * which it is, every way through the script is looked at, and what all agree on is taken.
 */
export function findConfigs(tree: Node, whole: Script): FoundConfig | Named | null {
  const script = within(whole, decidedByText(whole, followerOf(whole).follow));
  const makers = makersOf(script);
  const calls = callsOf(script, makers);
  if (calls.length === 0) {
    const other = fromParser(script, [...makers.keys()]) ?? otherClass(script);
    return other ?? dictConfig(tree, script);
  }
  const choices = choicesOf(script, calls);
  const { branchings } = choices;
  const found = (choices.ways ?? [{ taken: [], script }]).flatMap(({ taken, script: way }) => {
    const own = callsOf(way, makersOf(way));
    return own.length === 0 ? [] : [{ taken, ...configOf(own, followerOf(way), branchings) }];
  });
  const [first] = found;
  if (!first) return null;
  const { entries, notes } = joinedWays(found, choices, script);
  if (entries.written.size === 0) return { is: emptySays(first.node, script, entries) };
  const nodes = found.map(({ node }) => node);
  return { nodes, format: "python", callee: first.callee, entries, notes };
}

const callsOf = ({ calls, source }: Script, makers: ReadonlyMap<string, Maker>): Node[] =>
  calls.filter((call) => makers.has(calleeOf(call, source))).slice(0, MAX_CALLS);

/** The one of several calls that makes what is trained with, and what it is by then. */
function configOf(
  calls: readonly Node[],
  context: Context,
  deciding: readonly Node[],
): Omit<Found, "taken"> & { callee: string | null } {
  const { script } = context;
  const { blockOf } = script;
  const makers = makersOf(script);
  const { call, until, name, doubts, notes: which, copy } = trainedConfig(calls, script, deciding);
  const notes: string[] = [];
  const maker = makers.get(calleeOf(call, script.source));
  const entries: Entries = { written: new Map(), open: [] };
  if (maker?.definition) bring(entries, maker.definition, context, notes);
  readArguments(entries, call, context, notes);
  const change = (of: string, made: Node, end: number): void => {
    const { before, after } = changesOf(of, made, end, script);
    const stretch = { after: made.from, until: end, block: blockOf(made) };
    applyEffects(entries, before, stretch, context);
    // What was copied is not what is trained with.
    if (copy !== null && made === call) return;
    applyEffects(entries, after, { ...stretch, after: end, until: Infinity }, context);
  };
  if (name !== null) change(name, call, until);
  for (const { effects, stretch } of changesElsewhere(call, name, until, script))
    applyEffects(entries, effects, stretch, context);
  if (copy !== null) {
    // The first argument is what is copied; `replace` takes keywords beside it.
    readArguments(entries, copy.call, context, notes, 1);
    if (copy.name !== null) change(copy.name, copy.call, copy.until);
  }
  notes.push(...unseenCalls([name, copy?.name ?? null], call, until, script));
  const block = blockOf(call);
  const later = script.effects.get(TRAINER_ARGS) ?? [];
  applyEffects(entries, later, { after: call.from, until: Infinity, block }, context);
  put(entries, {
    written: new Map(),
    open: [...doubts, ...calledUpon(call, script), ...argsSetAgain(script)],
  });
  return { node: call, callee: maker?.className ?? null, entries, notes, which };
}

/** `GRPOConfig(…).set_training(…)`: a method of what is made may change it. */
function calledUpon(call: Node, { source, lineOf }: Script): string[] {
  const method = call.parent?.name === "MemberExpression" ? call.parent : null;
  const name = method?.lastChild ? textOf(method.lastChild, source) : "";
  return /^(set_|update|replace)/.test(name)
    ? [`.${name}(…) in line ${lineOf(method?.lastChild?.from ?? call.to)}`]
    : [];
}

function emptySays(call: Node, { lineOf }: Script, { open }: Entries): string {
  const line = lineOf(call.from);
  return open.length === 0
    ? `The GRPOConfig(…) in line ${line} sets nothing: its values are TRL's defaults, which the preset "TRL's defaults" has.`
    : `The GRPOConfig(…) in line ${line} takes its values from ${open[0]}, which is not known without running the script. Paste the values themselves, or what print(args) shows.`;
}

/** GRPOConfig by its own name, by other names that it is imported under, subclasses and partials. */
function makersOf(script: Script): Map<string, Maker> {
  const { source, classes, bindings } = script;
  const makers = new Map<string, Maker>(
    CLASSES.map((name) => [name, { className: name, definition: null }]),
  );
  for (const [, name = "", alias = ""] of source.matchAll(
    /\b((?:Unsloth)?GRPOConfig)\s+as\s+(\w+)/g,
  )) {
    makers.set(alias, { className: name, definition: null });
  }
  // In the order of the text: what extends a subclass comes after it.
  const inOrder = [...classes.values()].flat().toSorted((one, other) => one.from - other.from);
  for (const definition of inOrder) {
    const name = definition.getChild("VariableName");
    const base = basesOf(definition, source).find((each) => makers.has(each));
    const maker = base === undefined ? undefined : makers.get(base);
    if (maker && name) {
      makers.set(textOf(name, source), { className: maker.className, definition });
    }
  }
  for (const [name, [binding, ...others]] of bindings) {
    const value = binding?.value;
    if (!value || others.length > 0) continue;
    if (value.name === "VariableName" || value.name === "MemberExpression") {
      const maker = makers.get(textOf(value, source).replace(/^trl\./, ""));
      if (maker) makers.set(name, maker);
    }
    if (value.name !== "CallExpression" || calleeOf(value, source) !== "partial") continue;
    const [first] = argumentsOf(value, source).positional;
    const maker = first && makers.get(textOf(first, source).replace(/^.*\./, ""));
    if (maker) makers.set(name, { className: maker.className, definition: value });
  }
  return makers;
}

/** What a subclass's body or a partial's arguments set before the call does. */
function bring(entries: Entries, definition: Node, context: Context, notes: string[]): void {
  const { script } = context;
  if (definition.name === "CallExpression") {
    readArguments(entries, definition, context, [], 1);
    return;
  }
  for (const { name, at, value, isField } of classDefaults(definition, script)) {
    if (!isField) {
      notes.push(
        `Line ${script.lineOf(at.from)}: ${name} has no effect here: only an annotated name in a class with @dataclass is a default of GRPOConfig's.`,
      );
      continue;
    }
    const own = value ? entryAt(name, at, value, context) : madeLater(name, at, script);
    entries.written.set(name, own);
  }
  for (const base of unknownBases(definition, script)) {
    entries.open.push(`what ${base} sets (line ${script.lineOf(definition.from)})`);
  }
  for (const each of lineage(definition, script)) {
    if (!changesItself(each, script.source)) continue;
    const name = each.getChild("VariableName");
    const said = name ? textOf(name, script.source) : "the class";
    entries.open.push(`what ${said} does when it is made (line ${script.lineOf(each.from)})`);
  }
}

/** Classes that a configuration's class extends, and of which nobody knows what they set. */
const unknownBases = (definition: Node, script: Script): string[] =>
  lineage(definition, script).flatMap((each) =>
    basesOf(each, script.source).filter(
      (base) =>
        !script.classes.has(base) &&
        !/^(\w*GRPOConfig|object|ABC|Protocol|Generic\W.*)$/.test(base),
    ),
  );

/** Whether a class does more when it is made than to pass on what it is given. */
function changesItself(definition: Node, source: string): boolean {
  const body = definition.getChild("Body");
  for (const method of body?.getChildren("FunctionDefinition") ?? []) {
    const name = method.getChild("VariableName");
    if (!name || !/^__(init|post_init|new|setattr|getattribute)__$/.test(textOf(name, source)))
      continue;
    const inside = method.getChild("Body");
    const statements = inside ? parts(inside) : [];
    const passesOn = statements.every(
      (each) =>
        /^super\(.*\)\.__(post_)?init__\((\*args|\*\*\w+|[\s,])*\)$/.test(textOf(each, source)) ||
        /^("""|'''|pass$|")/.test(textOf(each, source)),
    );
    if (!passesOn) return true;
  }
  return false;
}

/** Keywords, `**{…}`, and output_dir, which may come first without a name; `...` stands for more. */
function readArguments(
  entries: Entries,
  call: Node,
  context: Context,
  notes: string[],
  from = 0,
): void {
  const { script } = context;
  const { source, lineOf } = script;
  const list = call.getChild("ArgList");
  const found = list ? parts(list).slice(from) : [];
  const spreads: Node[] = [];
  const own: Entries = { written: new Map(), open: [] };
  for (let i = 0; i < found.length; i++) {
    const [node, sign, value] = found.slice(i, i + 3);
    if (!node) break;
    const line = lineOf(node.from);
    if (node.name === "VariableName" && sign?.name === "AssignOp") {
      const name = textOf(node, source);
      if (own.written.has(name)) {
        notes.push(`Line ${line}: ${excerpt(name)} is there twice; the first counts.`);
      } else if (value) own.written.set(name, entryAt(name, node, value, context));
      i += 2;
    } else if (node.name === "**") {
      if (sign) spreads.push(sign);
      i++;
    } else if (node.name === "Ellipsis") {
      own.open.push(`the ... in line ${line}`);
    } else if (i === 0 && from === 0 && node.name !== "*" && !node.type.isError) {
      own.written.set("output_dir", entryAt("output_dir", node, node, context));
    } else if (node.name !== "AssignOp" && !node.type.isError) {
      notes.push(`Line ${line}: ${excerpt(textOf(node, source))} has no name and is left out.`);
    }
  }
  for (const spread of spreads) spreadInto(entries, spread, context);
  // Python takes no name twice: what is written out is not in what is spread.
  for (const [name, written] of own.written) {
    if (!entries.written.has(name) || from > 0 || spreads.length === 0)
      entries.written.set(name, written);
    else notes.push(`Line ${written.line}: ${excerpt(name)} is there twice; the first counts.`);
  }
  entries.open.push(...own.open);
}

/** TRL's parser without a value in the text: they come from elsewhere. */
function fromParser({ calls, source, lineOf }: Script, makers: readonly string[]): Named | null {
  const parser = calls.find(
    (call) =>
      /^(TrlParser|HfArgumentParser)$/.test(calleeOf(call, source)) &&
      makers.some((name) => new RegExp(`\\b${name}\\b`).test(textOf(call, source))),
  );
  if (!parser) return null;
  return {
    is: `The script takes its GRPOConfig from its command line or a YAML file (${calleeOf(parser, source)}, line ${lineOf(parser.from)}), so its values are not in this text. Paste the command or the YAML file.`,
  };
}
