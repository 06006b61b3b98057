import type { Node } from "./python-literal.ts";
import { parts } from "./python-literal.ts";
import { isSetting } from "../reading/recognise.ts";
import { argumentsOf, calleeOf, stringOf, textOf } from "./syntax.ts";

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
  if (node.name === "CallExpression") return pathOfCall(node, source);
  if (node.name === "ParenthesizedExpression" || node.name === "NamedExpression") {
    const inner = parts(node).at(-1);
    return inner ? pathOf(inner, source) : null;
  }
  const [object, index] = parts(node);
  const last = node.lastChild;
  if (node.name !== "MemberExpression" || !object || !last) return null;
  const before = pathOf(object, source);
  const key = last.name === "PropertyName" ? textOf(last, source) : stringOf(index, source);
  if (before === null || key === "__dict__") return before;
  return { ...before, keys: [...before.keys, key] };
}

/** `vars(x)`, `getattr(x, "key")`, `x.get("key")`, `x.setdefault("key", {})`, `globals()["x"]`. */
function pathOfCall(call: Node, source: string): Path | null {
  const called = calleeOf(call, source);
  const { positional } = argumentsOf(call, source);
  const callee = call.firstChild;
  if (callee?.name === "VariableName") {
    const [object, key] = positional;
    const before = object && /^(vars|getattr)$/.test(called) ? pathOf(object, source) : null;
    if (!before || called === "vars") return before;
    return { ...before, keys: [...before.keys, stringOf(key, source)] };
  }
  const object = callee?.firstChild;
  const reads = /^(get|setdefault|pop|__getitem__|__getattr__|__getattribute__)$/.test(called);
  const before = reads && object ? pathOf(object, source) : null;
  return before && { ...before, keys: [...before.keys, stringOf(positional[0], source)] };
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
  const args = keys.indexOf("args");
  const whole = args < 0 && change.key === "args" && change.kind === "unknown";
  if (args >= 0 || whole) {
    const key = whole ? null : (keys[args + 1] ?? change.key);
    affect(TRAINER_ARGS, { ...UNKNOWN, key, path: [], at: node.from }, node);
  }
}

/** `name.key = value` and `name["key"] = value`; without a value that is known, the key is not. */
export function changeOf(target: Node, value: Node | null, source: string, affect: Affect): void {
  if (target.name !== "MemberExpression") return;
  const path = pathOf(target, source);
  const key = path?.keys.pop();
  if (path !== null && key !== undefined) affectAt(path, setting(key, value), target, affect);
  else if (path === null) affectWithin(target, ownKey(target, source), source, affect);
}

const ownKey = (member: Node, source: string): string | null => {
  const last = member.lastChild;
  return last?.name === "PropertyName" ? textOf(last, source) : stringOf(parts(member)[1], source);
};

/** Notes a change of what no name and keys lead to: whatever it is made of may be it. */
function affectWithin(node: Node, key: string | null, source: string, affect: Affect): void {
  const base = node.firstChild;
  if (!base) return;
  const change = { ...UNKNOWN, key, path: [], at: node.from };
  base.cursor().iterate((cursor) => {
    if (cursor.name === "VariableName") affect(source.slice(cursor.from, cursor.to), change, node);
  });
  // `get().beta = 1`: what a call gives may be what is trained with.
  if (base.name === "CallExpression" && key !== null && isSetting(key))
    affect(TRAINER_ARGS, change, node);
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
  if (target.name !== "MemberExpression") return;
  const path = pathOf(target, source);
  const key = path?.keys.pop();
  if (path !== null && key !== undefined) affectAt(path, removal(key), target, affect);
  else if (path === null) affectWithin(target, ownKey(target, source), source, affect);
}

const removal = (key: string | null): Change => ({
  key,
  value: null,
  merges: null,
  kind: key === null ? "unknown" : "remove",
});

/** Methods that change a dict, a list or a configuration in a way that is not followed. */
const CHANGING =
  /^(clear|popitem|append|extend|insert|remove|sort|reverse|move_to_end|__(ior|iadd|init|delattr)__|set_(training|optimizer|lr_scheduler|dataloader|evaluate|save|logging|testing))$/;
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
  const isChange = CHANGING.test(called) || FOLLOWED.test(called);
  if (object && (isChange || OPERATOR.test(called)) && OF_CLASS.test(textOf(object, source))) {
    const of = positional[0] && pathOf(positional[0], source);
    const key = /item|attr/.test(called) ? stringOf(positional[1], source) : null;
    if (of) affectAt(of, { ...UNKNOWN, key }, call, affect);
    return;
  }
  // `getattr(d, name)(…)` may be any of them.
  const got = callee?.name === "CallExpression" ? argumentsOf(callee, source).positional[0] : null;
  const of = got && calleeOf(callee as Node, source) === "getattr" ? pathOf(got, source) : null;
  if (of) affectAt(of, { ...UNKNOWN, key: null }, call, affect);
  if (!object || !isChange) return;
  const path = pathOf(object, source);
  if (!path) {
    affectWithin(callee as Node, null, source, affect);
    return;
  }
  const change = methodEffect(called, positional, call, source);
  if (change) affectAt(path, change, call, affect);
  else affectAt(path, { ...UNKNOWN, key: path.keys.pop() ?? null }, call, affect);
}

/** `u = d.update`, `map(d.update, …)`: a method that changes, not called where it stands. */
export function handedOn(member: Node, source: string, affect: Affect): void {
  const last = member.lastChild;
  const { parent } = member;
  if (last?.name !== "PropertyName" || !FOLLOWED.test(textOf(last, source))) return;
  if (parent?.name === "CallExpression" && parent.firstChild?.from === member.from) return;
  const path = member.firstChild && pathOf(member.firstChild, source);
  if (path) affectAt(path, { ...UNKNOWN, key: null }, member, affect);
}

/** Functions that do to their first argument what its method does. */
const OF_CLASS = /^(dict|list|operator|object|OrderedDict|type|super\(\))$/;
const OPERATOR = /^(setitem|delitem|ior|iadd)$/;

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
