import type { Node } from "./python-literal.ts";
import { parts } from "./python-literal.ts";
import { argumentsOf, calleeOf, isWithin, stringOf, textOf } from "./syntax.ts";

/** A change of what a name stands for: `d["k"] = 1`, `d.update(…)`, `args.beta = 0.1`. */
export interface Effect {
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
function pathOf(node: Node, source: string): { name: string; keys: (string | null)[] } | null {
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

/** Notes that something within a name is changed in a way that is not followed. */
function affectWithin(path: { name: string; keys: (string | null)[] }, node: Node, affect: Affect) {
  const change = { value: null, merges: null, kind: "unknown", at: node.from } as const;
  const [first, second] = path.keys;
  affect(path.name, { ...change, key: first ?? null }, node);
  if (first === "args" && path.keys.length === 2) {
    affect(TRAINER_ARGS, { ...change, key: second ?? null }, node);
  }
}

/** `name.key = value` and `name["key"] = value`; without a value that is known, the key is not. */
export function changeOf(target: Node, value: Node | null, source: string, affect: Affect): void {
  const path = target.name === "MemberExpression" ? pathOf(target, source) : null;
  const [key, ...deeper] = path?.keys ?? [];
  if (path === null || key === undefined) return;
  if (deeper.length > 0) affectWithin(path, target, affect);
  else {
    const kind = key !== null && value !== null ? "set" : "unknown";
    affect(path.name, { key, value, merges: null, kind, at: target.from }, target);
  }
}

/** `del name["key"]` and `del name.key`. */
export function removalOf(target: Node, source: string, affect: Affect): void {
  const path = target.name === "MemberExpression" ? pathOf(target, source) : null;
  const [key, ...deeper] = path?.keys ?? [];
  if (path === null || key === undefined) return;
  if (deeper.length > 0) affectWithin(path, target, affect);
  else affect(path.name, { ...removal(key), at: target.from }, target);
}

const removal = (key: string | null) =>
  ({ key, value: null, merges: null, kind: key === null ? "unknown" : "remove" }) as const;

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
    if (path.keys.length > 0) {
      affectWithin({ ...path, keys: [...path.keys, given] }, call, affect);
    } else if (called.includes("del")) {
      affect(path.name, { ...removal(given), at: call.from }, call);
    } else {
      const kind = given !== null && value !== undefined ? "set" : "unknown";
      affect(
        path.name,
        { key: given, value: value ?? null, merges: null, kind, at: call.from },
        call,
      );
    }
    return;
  }
  const object = callee?.name === "MemberExpression" ? callee.firstChild : null;
  const path = object && pathOf(object, source);
  if (!path || !(CHANGING.test(called) || FOLLOWED.test(called))) return;
  if (path.keys.length > 0) affectWithin(path, call, affect);
  else
    affect(path.name, { ...methodEffect(called, positional, call, source), at: call.from }, call);
}

function methodEffect(
  called: string,
  [first, value = null]: (Node | null)[],
  call: Node,
  source: string,
): Omit<Effect, "at" | "block"> {
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
      return { key, value, merges: null, kind: key !== null && value ? "set" : "unknown" };
  }
  return { key: null, value: null, merges: null, kind: "unknown" };
}

/** What is changed through another name of the same thing: `t = d["train"]; t["beta"] = 1`. */
export function throughAlias(
  name: string,
  value: Node,
  source: string,
  effects: ReadonlyMap<string, readonly Effect[]>,
  affect: Affect,
): void {
  const path = /^(VariableName|MemberExpression)$/.test(value.name) ? pathOf(value, source) : null;
  if (path === null || path.name === name) return;
  for (const { key, at, block } of [...(effects.get(name) ?? [])]) {
    const [first = key] = path.keys;
    const change = { key: first, value: null, merges: null, kind: "unknown", at } as const;
    // Noted in the block of the change, whose first child is as good as the change itself.
    affect(path.name, change, block.firstChild ?? block);
  }
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
    if (node.name !== "VariableName") continue;
    const change = { value: null, merges: null, kind: "unknown", at: call.from } as const;
    for (const definition of definitions) {
      const own = typeof at === "string" ? at : parameterNames(definition, source)[at];
      for (const { block, key } of [...(effects.get(own ?? "") ?? [])]) {
        if (isWithin(block, definition)) affect(textOf(node, source), { ...change, key }, call);
      }
    }
    const asks = call.parent?.name === "ExpressionStatement" && CHANGES.test(called);
    if (asks && definitions.length === 0) {
      affect(textOf(node, source), { ...change, key: null }, call);
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
