import { parts, type Node } from "./python-literal.ts";
import type { Script } from "./script.ts";
import { argumentsOf, calleeOf, textOf } from "./syntax.ts";
import type { Written } from "./written.ts";

/** One default in a class's body: `beta: float = 0.04`, or `field(default=0.04)`. */
export interface ClassDefault {
  name: string;
  at: Node;
  /** Null where it is made by a call, or is not given. */
  value: Node | null;
}

/** The defaults of a class of the script, its own over those of classes it extends. */
export function classDefaults(definition: Node, script: Script, depth = 0): ClassDefault[] {
  const { source } = script;
  const found = new Map<string, ClassDefault>();
  for (const base of depth > 8 ? [] : basesOf(definition, source)) {
    const parent = script.classes.get(base);
    if (!parent || parent.from === definition.from) continue;
    for (const each of classDefaults(parent, script, depth + 1)) found.set(each.name, each);
  }
  for (const statement of definition.getChild("Body")?.getChildren("AssignStatement") ?? []) {
    const [target, ...rest] = parts(statement).filter(({ name }) => name !== "TypeDef");
    const [sign, value] = rest;
    if (target?.name !== "VariableName") continue;
    const name = textOf(target, source);
    const plain = sign?.name === "AssignOp" && rest.length === 2 ? (value ?? null) : null;
    found.set(name, { name, at: target, value: plain && unwrapped(plain, source) });
  }
  return [...found.values()];
}

/** The classes that a class extends, by their last names. */
export function basesOf(definition: Node, source: string): string[] {
  const list = definition.getChild("ArgList");
  return list ? parts(list).map((base) => textOf(base, source).replace(/^.*\./, "")) : [];
}

/** The default of `field(default=…)`; null where a factory makes it. */
function unwrapped(value: Node, source: string): Node | null {
  if (value.name !== "CallExpression" || !/^[Ff]ield$/.test(calleeOf(value, source))) return value;
  const { named, positional } = argumentsOf(value, source);
  return named.get("default") ?? positional[0] ?? null;
}

/** The class of the script that a call makes an instance of; undefined where it is none. */
export const classOfCall = (call: Node, { classes, source }: Script): Node | undefined =>
  call.name === "CallExpression" ? classes.get(calleeOf(call, source)) : undefined;

type Read = (name: string, at: Node, value: Node) => Written;

/** What an instance of a class of the script holds, e.g. in `asdict(config)`; null: not known. */
export function classEntries(
  object: Node,
  script: Script,
  read: Read,
): { written: Map<string, Written>; open: string[] } | null {
  const call = instanceOf(object, script);
  const definition = call && classOfCall(call, script);
  if (!definition) return null;
  const given = argumentsOf(call, script.source);
  if (given.positional.length > 0 || given.spread.length > 0) return null;
  if (object.name === "VariableName" && script.effects.has(textOf(object, script.source)))
    return null;
  const written = new Map<string, Written>();
  for (const { name, at, value } of classDefaults(definition, script)) {
    const own = given.named.get(name) ?? value;
    if (own === null) {
      const line = script.lineOf(at.from);
      written.set(name, {
        name,
        line,
        text: "",
        literal: { problem: "is made when the script runs" },
      });
    } else written.set(name, read(name, at, own));
  }
  return { written, open: [] };
}

/** The call that made what stands here: the call itself, or the one that a name was assigned. */
export function instanceOf(object: Node, { bindings, source }: Script): Node | null {
  if (object.name === "CallExpression") return object;
  if (object.name !== "VariableName") return null;
  const [binding, ...others] = bindings.get(textOf(object, source)) ?? [];
  const usable =
    binding && others.length === 0 && binding.owner === null && binding.at < object.from;
  return usable && binding.value?.name === "CallExpression" ? binding.value : null;
}
