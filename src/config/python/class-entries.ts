import { parts, type Node } from "./python-literal.ts";
import type { Script } from "./script.ts";
import { argumentsOf, calleeOf, isWithin, textOf } from "./syntax.ts";
import { parameterNames } from "./through-functions.ts";
import type { Written } from "./written.ts";

/** One default in a class's body: `beta: float = 0.04`, or `field(default=0.04)`. */
export interface ClassDefault {
  name: string;
  at: Node;
  /** Null where it is made by a call, or is not given. */
  value: Node | null;
  /** Whether it is a field of a dataclass: annotated there. */
  isField: boolean;
}

/** A class of the script with those of the script that it extends, bases first, each once. */
export function lineage(definition: Node, script: Script): Node[] {
  const found = new Map<number, Node>();
  const visit = (node: Node): void => {
    // The first base goes over the others.
    for (const base of basesOf(node, script.source).toReversed()) {
      const parent = classAbove(base, node, script);
      if (parent && !found.has(parent.from)) visit(parent);
    }
    found.set(node.from, node);
  };
  visit(definition);
  return [...found.values()];
}

/** The class that a name means at a node: the last of that name that begins above it. */
export const classAbove = (name: string, { from }: Node, { classes }: Script): Node | undefined =>
  classes.get(name)?.findLast((each) => each.from < from);

/** The defaults of a class of the script, its own over those of classes it extends. */
export function classDefaults(definition: Node, script: Script): ClassDefault[] {
  const { source } = script;
  const found = new Map<string, ClassDefault>();
  for (const { statement, ofFields } of lineage(definition, script).flatMap((each) =>
    (each.getChild("Body")?.getChildren("AssignStatement") ?? []).map((own) => ({
      statement: own,
      ofFields: isDataclass(each, source),
    })),
  )) {
    const isField = ofFields && statement.getChild("TypeDef") !== null;
    const [target, ...rest] = parts(statement).filter(({ name }) => name !== "TypeDef");
    const [sign, value] = rest;
    if (target?.name !== "VariableName") continue;
    const name = textOf(target, source);
    const only = !isAmbiguous(name, definition, script);
    const plain = sign?.name === "AssignOp" && rest.length === 2 ? (value ?? null) : null;
    found.set(name, {
      name,
      at: target,
      isField,
      value: only && plain ? unwrapped(plain, source) : null,
    });
  }
  return [...found.values()];
}

/** Whether a class's own body, or one of its methods, gives the name another value. */
function isAmbiguous(name: string, definition: Node, script: Script): boolean {
  return lineage(definition, script).some((each) => {
    const body = each.getChild("Body");
    if (!body) return false;
    const inside = (block: Node) => isWithin(block, body) && block.from !== body.from;
    const changed = firstParameters(body, script.source).flatMap(
      (self) => script.effects.get(self) ?? [],
    );
    return (
      changed.some(
        ({ key, path, block }) =>
          inside(block) && path.length === 0 && (key === null || key === name),
      ) || inBranches(name, body, script.source)
    );
  });
}

/** What the methods of a class call its object, or the class. */
const firstParameters = (body: Node, source: string): string[] => {
  const methods = parts(body).flatMap((each) =>
    each.name === "FunctionDefinition" ? [each] : each.getChildren("FunctionDefinition"),
  );
  return [...new Set(methods.flatMap((each) => parameterNames(each, source).slice(0, 1)))];
};

/** Whether a statement within a statement of a class's body gives the name a value. */
function inBranches(name: string, body: Node, source: string): boolean {
  let found = false;
  body.cursor().iterate((cursor) => {
    if (cursor.name === "FunctionDefinition") {
      // A property of that name.
      const own = cursor.node.getChild("VariableName");
      found ||= own !== null && textOf(own, source) === name;
      return false;
    }
    if (!/^(Assign|Update)Statement$/.test(cursor.name)) return !found;
    const isDirect = cursor.node.parent?.from === body.from && cursor.name === "AssignStatement";
    const [target] = parts(cursor.node);
    found ||= !isDirect && target !== undefined && textOf(target, source) === name;
    return !found;
  });
  return found;
}

/** Whether a class's annotated names are fields that its making takes. */
export const isDataclass = (definition: Node, source: string): boolean =>
  (definition.parent?.getChildren("Decorator") ?? []).some((each) =>
    /dataclass\b/.test(textOf(each, source)),
  );

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
export const classOfCall = (call: Node, script: Script): Node | undefined =>
  call.name === "CallExpression"
    ? classAbove(calleeOf(call, script.source), call, script)
    : undefined;

/** A default that nobody knows before the script runs. */
export const madeLater = (name: string, at: Node, script: Script): Written => ({
  name,
  line: script.lineOf(at.from),
  text: "",
  literal: { problem: "is made when the script runs" },
});

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
    written.set(name, own === null ? madeLater(name, at, script) : read(name, at, own));
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
