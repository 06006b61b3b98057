import type { Branch } from "./branches.ts";
import { entryAt, type Context } from "./context.ts";
import { either } from "./either.ts";
import type { Effect } from "./effects.ts";
import { copyOf, innerOf, literalOf, put, type Entries, type Entry } from "./entries.ts";
import type { Node } from "./python-literal.ts";
import { statementIn } from "./reaching.ts";
import { calleeOf, isWithin } from "./syntax.ts";
import { excerpt } from "./written.ts";

/** Where effects count: between two places, and at once only in this block. */
export interface Stretch {
  after: number;
  until: number;
  block: Node;
  /** Where it is read, if in a loop or in a function: what comes later may have come before. */
  reader?: Node;
}

/**
 * Applies what changes a dict or an object. What branches of an `if` change is what they agree on; a
 * change in a loop or a function may happen or not, so the key that it changes is not known any more.
 */
export function applyEffects(
  entries: Entries,
  effects: readonly Effect[],
  { after, until, block, reader }: Stretch,
  context: Context,
): void {
  const inOrder = effects.toSorted((a, b) => a.at - b.at);
  const counted = inOrder.filter(
    (each) => inFunction(each.block, block) || (each.at >= after && each.at <= until),
  );
  applyIn(entries, counted, block, context);
  const isLater = reader ? mayComeBefore(reader, block) : null;
  for (const effect of inOrder) {
    if (effect.at <= until || !isLater?.(effect)) continue;
    atPath(entries, effect, context.script.lineOf(effect.at), context, uncertain);
  }
}

/** Whether a change that stands after a reader may happen before it: in its loop, or by its caller. */
function mayComeBefore(reader: Node, block: Node): (effect: Effect) => boolean {
  for (let at = reader.parent; at && !isWithin(block, at); at = at.parent) {
    if (at.name === "FunctionDefinition" || at.name === "LambdaExpression") return () => true;
    const loop = at;
    if (/^(For|While)Statement$/.test(at.name)) {
      return (effect) => isWithin(effect.block, loop);
    }
  }
  return () => false;
}

function applyIn(
  entries: Entries,
  effects: readonly Effect[],
  block: Node,
  context: Context,
): void {
  for (let i = 0; i < effects.length; i++) {
    const effect = effects[i] as Effect;
    const line = context.script.lineOf(effect.at);
    const home = homeOf(effect, block, context);
    if (home === "never") continue;
    if (home !== null && effect.block.from === home.from && effect.block.to === home.to) {
      atPath(entries, effect, line, context, applyHere);
      continue;
    }
    const branching = home && statementIn(effect.block, home, context.script);
    if (branching?.name !== "IfStatement") {
      atPath(entries, effect, line, context, uncertain);
      continue;
    }
    const inside = effects.slice(i).filter((each) => isWithin(each.block, branching));
    applyBranches(entries, inside, branching, context);
    i += inside.length - 1;
  }
}

/**
 * The block that both are in, of an effect and of what it changes, where one comes after the other
 * without fail; "never" where they are in two branches of one `if`; null: that is not known.
 */
function homeOf(effect: Effect, block: Node, { script }: Context): Node | "never" | null {
  for (let at = block; ;) {
    if (isWithin(effect.block, at)) return at;
    const { parent } = at;
    if (parent?.name !== "IfStatement") return null;
    if (isWithin(effect.block, parent)) return "never";
    at = script.blockOf(parent);
  }
}

function applyBranches(
  entries: Entries,
  effects: readonly Effect[],
  branching: Node,
  context: Context,
): void {
  const { script } = context;
  const applied = script.alternatives(branching).map((branch: Branch, i) => {
    const copy = copyOf(entries);
    const own = effects.filter((each) => branch !== null && isWithin(each.block, branch));
    if (branch !== null) applyIn(copy, own, branch, context);
    return { taken: [i], entries: copy };
  });
  const { written, open } = either(applied, [script.lineOf(branching.from)]);
  entries.written.clear();
  for (const [name, entry] of written) entries.written.set(name, entry);
  entries.open.splice(0, Infinity, ...open);
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

type Apply = (entries: Entries, effect: Effect, line: number, context: Context) => void;

/** Applies a change within a dict where it is known piece by piece; else nothing of it is known. */
function atPath(
  entries: Entries,
  effect: Effect,
  line: number,
  context: Context,
  apply: Apply,
): void {
  const [outer, ...path] = effect.path;
  if (outer === undefined) {
    apply(entries, effect, line, context);
    return;
  }
  const entry = entries.written.get(outer);
  const inner = entry && innerOf(entry);
  if (!entry || !inner) {
    uncertain(entries, { ...effect, key: outer, merges: null }, line, context);
    return;
  }
  const changed = copyOf(inner);
  atPath(changed, { ...effect, path }, line, context, apply);
  entries.written.set(outer, ofInner(entry, changed, line));
}

function ofInner(before: Entry, inner: Entries, line: number): Entry {
  const literal = literalOf(inner);
  const text = "value" in literal ? excerpt(JSON.stringify(literal.value)) : before.text;
  return { ...before, line, text, literal, inner };
}

function applyHere(entries: Entries, effect: Effect, line: number, context: Context): void {
  const { key, value, merges, kind } = effect;
  if (merges && kind !== "unknown") {
    const more =
      merges.name === "CallExpression" && calleeOf(merges, context.script.source) === "update"
        ? context.keywords(merges)
        : (context.mapping(merges) ?? {
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
    entries.written.set(key, { ...entryAt(key, value, value, context), line });
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
function keysOf(merges: Node, { keywords, mapping }: Context): string[] | null {
  const entries = merges.name === "CallExpression" ? keywords(merges) : mapping(merges);
  return entries && entries.open.length === 0 ? [...entries.written.keys()] : null;
}
