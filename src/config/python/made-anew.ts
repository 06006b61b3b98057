import { UNKNOWN, type Effect } from "./effects.ts";
import type { Node } from "./python-literal.ts";
import type { Binding } from "./script.ts";
import { calleeOf, textOf } from "./syntax.ts";
import { placeOf } from "./targets.ts";

/** Whether something may give any name another value: `from x import *`, `exec(…)`, `globals()[k] = …`. */
export function makesNamesAnew(node: Node, source: string): boolean {
  if (node.name === "ImportStatement") return textOf(node, source).endsWith("*");
  // The grammar has no `with f() as (a, b)`.
  if (node.name === "WithStatement") return TUPLE.test(source.slice(node.from, node.from + 200));
  if (node.name !== "CallExpression") return false;
  const called = calleeOf(node, source);
  if (called === "exec" || called === "run_path") return true;
  if (!/^(globals|locals)$/.test(called)) return false;
  const around = node.parent;
  if (around?.name !== "MemberExpression") return around?.name === "AssignStatement";
  const last = around.lastChild;
  if (last?.name === "PropertyName")
    return /^(update|setdefault|pop|clear|__setitem__|__ior__)$/.test(textOf(last, source));
  // What is read of it is not changed by that, unless something is set in it.
  const above = around.parent;
  const isTarget = /^(Assign|Update|Delete)Statement$/.test(above?.name ?? "");
  return (
    above?.name === "MemberExpression" || (isTarget && above?.firstChild?.from === around.from)
  );
}

const TUPLE = /^with\b[^\n]*\bas\s*\(/;

/** Whatever had a name before, nothing is known of it after. */
export function forget(
  at: Node,
  bindings: ReadonlyMap<string, Binding[]>,
  effects: Map<string, Effect[]>,
): void {
  const block = placeOf(at);
  const isImport = at.name === "ImportStatement";
  for (const [name, all] of bindings) {
    if (!all.some((each) => each.at < at.from)) continue;
    all.push({ value: null, at: at.to, block, owner: null });
    if (isImport) continue;
    const change = { ...UNKNOWN, key: null, path: [], at: at.from, block };
    const before = effects.get(name);
    if (before) before.push(change);
    else effects.set(name, [change]);
  }
}
