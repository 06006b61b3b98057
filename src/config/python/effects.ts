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

/** `del d["k"]`: of the key, or of one that is not known. */
export const removal = (key: string | null) =>
  ({ key, value: null, merges: null, kind: key === null ? "unknown" : "remove" }) as const;

/** Calls that change what they are called on, or what they are given. */
export function mutation(call: Node, source: string, affect: Affect): void {
  const callee = call.firstChild;
  const { positional } = argumentsOf(call, source);
  const effect = { value: null, merges: null, at: call.from };
  if (callee?.name === "VariableName") {
    const [object, key, value] = positional;
    if (object?.name !== "VariableName") return;
    const name = textOf(object, source);
    const called = textOf(callee, source);
    if (called === "setattr") {
      const given = stringOf(key, source);
      const known = given !== null && value !== undefined;
      affect(
        name,
        { ...effect, key: given, value: value ?? null, kind: known ? "set" : "unknown" },
        call,
      );
    } else if (called === "delattr") {
      affect(name, { ...effect, ...removal(stringOf(key, source)) }, call);
    }
    return;
  }
  if (callee?.name !== "MemberExpression") return;
  let object = callee.firstChild;
  // args.__dict__.update(…) and vars(args).update(…) change args.
  if (object?.name === "MemberExpression" && textOf(object, source).endsWith(".__dict__")) {
    object = object.firstChild;
  }
  if (object?.name === "CallExpression" && calleeOf(object, source) === "vars") {
    object = argumentsOf(object, source).positional[0] ?? null;
  }
  if (object?.name !== "VariableName" || !callee.lastChild) return;
  const name = textOf(object, source);
  const key = stringOf(positional[0], source);
  switch (textOf(callee.lastChild, source)) {
    case "update":
      affect(name, { ...effect, key: null, merges: call, kind: "set" }, call);
      break;
    case "pop":
    case "__delitem__":
      affect(name, { ...effect, ...removal(key) }, call);
      break;
    case "setdefault":
      affect(
        name,
        {
          ...effect,
          key,
          value: positional[1] ?? null,
          kind: key !== null && positional[1] ? "default" : "unknown",
        },
        call,
      );
      break;
    case "__setattr__":
    case "__setitem__":
      affect(
        name,
        { ...effect, key, value: positional[1] ?? null, kind: key === null ? "unknown" : "set" },
        call,
      );
      break;
    case "clear":
    case "popitem":
    case "set_training":
    case "set_optimizer":
    case "set_lr_scheduler":
    case "set_dataloader":
    case "set_evaluate":
    case "set_save":
    case "set_logging":
      affect(name, { ...effect, key: null, kind: "unknown" }, call);
      break;
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
