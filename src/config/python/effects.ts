import type { Node } from "./python-literal.ts";
import { parts } from "./python-literal.ts";
import { argumentsOf, calleeOf, isWithin, stringOf, textOf } from "./syntax.ts";

/** A change of what a name stands for: `d["k"] = 1`, `d.update(…)`, `args.beta = 0.1`. */
export interface Effect {
  /** The keys of the dicts within it that lead to the one that is changed. */
  path: readonly string[];
  /** Null: which key is not known, or every key of `merges`. */
  key: string | null;
  value: Node | null;
  /** The dict, or the call with keywords, that is merged in. */
  merges: Node | null;
  kind: "set" | "remove" | "default" | "unknown";
  at: number;
  block: Node;
}

/** Notes a change of what a name stands for; the block is that of the node. */
export type Affect = (name: string, effect: Omit<Effect, "block">, node: Node) => void;

/** The name under which changes of any trainer's `args` are noted: `trainer.args.beta = 0.1`. */
export const TRAINER_ARGS = "trainer.args";

/** `name["key"].other` as its name and the keys that follow; null where no name begins it. */
export function pathOf(
  node: Node,
  source: string,
): { name: string; keys: (string | null)[] } | null {
  if (node.name === "VariableName") return { name: textOf(node, source), keys: [] };
  if (node.name === "CallExpression" && calleeOf(node, source) === "vars") {
    const [object] = argumentsOf(node, source).positional;
    return object ? pathOf(object, source) : null;
  }
  const [object, index] = parts(node);
  const last = node.lastChild;
  if (node.name !== "MemberExpression" || !object || !last) return null;
  const before = pathOf(object, source);
  const key = last.name === "PropertyName" ? textOf(last, source) : stringOf(index, source);
  if (before === null || key === "__dict__") return before;
  return { ...before, keys: [...before.keys, key] };
}

type Path = NonNullable<ReturnType<typeof pathOf>>;
type Change = Omit<Effect, "path" | "at" | "block">;

export const UNKNOWN = { value: null, merges: null, kind: "unknown" } as const;

/** Notes a change of what the keys lead to; where one of them is not known, of what is around it. */
function affectAt({ name, keys }: Path, change: Change, node: Node, affect: Affect): void {
  const unknown = keys.indexOf(null);
  const path = keys.slice(0, unknown < 0 ? keys.length : unknown).filter((key) => key !== null);
  const noted = unknown < 0 ? change : { ...UNKNOWN, key: null };
  affect(name, { ...noted, path, at: node.from }, node);
  const [first, second = change.key] = keys;
  const whole = first === undefined && change.key === "args" && change.kind === "unknown";
  if (first === "args" || whole) {
    const key = whole ? null : second;
    affect(TRAINER_ARGS, { ...UNKNOWN, key, path: [], at: node.from }, node);
  }
}

/** `name.key = value` and `name["key"] = value`; without a value that is known, the key is not. */
export function changeOf(target: Node, value: Node | null, source: string, affect: Affect): void {
  const path = target.name === "MemberExpression" ? pathOf(target, source) : null;
  const key = path?.keys.pop();
  if (path === null || key === undefined) return;
  affectAt(path, setting(key, value), target, affect);
}

const setting = (key: string | null, value: Node | null): Change => ({
  key,
  value,
  merges: null,
  kind: key !== null && value !== null ? "set" : "unknown",
});

/** `name |= {…}` and `name["key"] |= {…}`. */
export function mergeOf(target: Node, merges: Node, source: string, affect: Affect): void {
  const path = pathOf(target, source);
  if (path) affectAt(path, { key: null, value: null, merges, kind: "set" }, target, affect);
}

/** `del name["key"]` and `del name.key`. */
export function removalOf(target: Node, source: string, affect: Affect): void {
  const path = target.name === "MemberExpression" ? pathOf(target, source) : null;
  const key = path?.keys.pop();
  if (path !== null && key !== undefined) affectAt(path, removal(key), target, affect);
}

const removal = (key: string | null): Change => ({
  key,
  value: null,
  merges: null,
  kind: key === null ? "unknown" : "remove",
});

/** Methods that change a dict, a list or a configuration in a way that is not followed. */
const CHANGING =
  /^(clear|popitem|append|extend|insert|remove|sort|reverse|set_(training|optimizer|lr_scheduler|dataloader|evaluate|save|logging|testing))$/;
const FOLLOWED = /^(update|pop|setdefault|__delitem__|__setattr__|__setitem__)$/;

/** Calls that change what they are called on, or what they are given. */
export function mutation(call: Node, source: string, affect: Affect): void {
  const { positional } = argumentsOf(call, source);
  const called = calleeOf(call, source);
  const callee = call.firstChild;
  const plain = callee?.name === "VariableName" || textOf(call, source).startsWith("object.");
  if (/^(__)?(set|del)attr(__)?$/.test(called) && plain) {
    const [object, key, value] = positional;
    const path = object && pathOf(object, source);
    if (!path) return;
    const given = stringOf(key, source);
    const change = called.includes("del") ? removal(given) : setting(given, value ?? null);
    affectAt(path, change, call, affect);
    return;
  }
  const object = callee?.name === "MemberExpression" ? callee.firstChild : null;
  const path = object && pathOf(object, source);
  if (!path || !(CHANGING.test(called) || FOLLOWED.test(called))) return;
  const change = methodEffect(called, positional, call, source);
  if (change) affectAt(path, change, call, affect);
  else affectAt(path, { ...UNKNOWN, key: path.keys.pop() ?? null }, call, affect);
}

function methodEffect(
  called: string,
  [first, value = null]: (Node | null)[],
  call: Node,
  source: string,
): Change | null {
  const key = stringOf(first ?? undefined, source);
  switch (called) {
    case "update":
      return { key: null, value: null, merges: call, kind: "set" };
    case "pop":
    case "__delitem__":
      return removal(key);
    case "setdefault":
      return { key, value, merges: null, kind: key !== null && value ? "default" : "unknown" };
    case "__setattr__":
    case "__setitem__":
      return setting(key, value);
  }
  return null;
}

/** Functions by whose names one expects them to change what they are given. */
const CHANGES = /^(update|override|patch|apply|merge|set|modify|adjust|mutate|configure|tweak)/i;

/** What a function does to its argument happens to the name that it is given. */
export function throughFunctions(
  call: Node,
  source: string,
  functions: ReadonlyMap<string, readonly Node[]>,
  effects: ReadonlyMap<string, readonly Effect[]>,
  affect: Affect,
): void {
  const callee = call.firstChild;
  if (callee?.name !== "VariableName") return;
  const called = textOf(callee, source);
  if (called === "setattr" || called === "delattr") return;
  const definitions = functions.get(called) ?? [];
  const { positional, named } = argumentsOf(call, source);
  const given = [
    ...positional.map((node, at) => ({ node, at })),
    ...[...named].map(([name, node]) => ({ node, at: name })),
  ];
  for (const { node, at } of given) {
    const path = /^(VariableName|MemberExpression)$/.test(node.name) ? pathOf(node, source) : null;
    if (path === null) continue;
    const change = { ...UNKNOWN, at: call.from };
    const keys = path.keys.filter((key) => key !== null);
    for (const definition of definitions) {
      const own = typeof at === "string" ? at : parameterNames(definition, source)[at];
      for (const { block, ...effect } of [...(effects.get(own ?? "") ?? [])]) {
        const within = [...keys, ...effect.path];
        const inside = isWithin(block, definition);
        if (inside) affect(path.name, { ...change, key: effect.key, path: within }, call);
      }
    }
    const asks = call.parent?.name === "ExpressionStatement" && CHANGES.test(called);
    if (asks && definitions.length === 0) {
      affect(path.name, { ...change, key: null, path: keys }, call);
    }
  }
}

/** A function's arguments by name, without their defaults. */
function parameterNames(definition: Node, source: string): string[] {
  const list = definition.getChild("ParamList");
  const found = list ? parts(list).filter(({ name }) => name !== "TypeDef") : [];
  return found
    .filter(({ name }, i) => name === "VariableName" && found[i - 1]?.name !== "AssignOp")
    .map((node) => textOf(node, source));
}
