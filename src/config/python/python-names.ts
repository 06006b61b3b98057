import { parts, readLiteral, type Names, type Node } from "./python-literal.ts";
import type { Literal } from "./written.ts";

interface Binding {
  /** Null where the name is bound by anything but a plain assignment at the top of the script. */
  value: Node | null;
  at: number;
}

/**
 * What names stand for: those that the script assigns once, at its top level, to an expression of
 * literals, and nothing else binds. Anything less plain would take running the script.
 */
export function namesOf(tree: Node, source: string): Names {
  const bindings = new Map<string, Binding[]>();
  const bind = (node: Node, value: Node | null) => {
    const name = source.slice(node.from, node.to);
    bindings.set(name, [...(bindings.get(name) ?? []).slice(0, 1), { value, at: node.to }]);
  };
  tree.cursor().iterate((cursor) => {
    switch (cursor.name) {
      case "AssignStatement":
        assignments(cursor.node, bind);
        break;
      case "UpdateStatement":
      case "NamedExpression":
      case "FunctionDefinition":
      case "ClassDefinition":
        for (const child of parts(cursor.node).slice(0, 2)) {
          if (child.name === "VariableName") bind(child, null);
        }
        break;
      case "ParamList":
      case "ImportStatement":
      case "ForStatement":
      case "WithStatement":
      case "ScopeStatement":
      case "DeleteStatement":
        for (const child of parts(cursor.node)) {
          if (child.name === "VariableName") bind(child, null);
        }
        break;
    }
  });

  const known = new Map<string, Literal | null>();
  const names: Names = (name, at) => {
    const [first, second] = bindings.get(name) ?? [];
    if (!first?.value || second || first.at > at) return null;
    const before = known.get(name);
    if (before !== undefined) return before;
    // A name within its own value finds this.
    known.set(name, null);
    const read = readLiteral(first.value, source, names);
    const value = "problem" in read ? null : read;
    known.set(name, value);
    return value;
  };
  return names;
}

/** `a = value` binds a to the value; `a = b = value` and `a, b = …` bind without one. */
function assignments(statement: Node, bind: (name: Node, value: Node | null) => void): void {
  const found = parts(statement).filter(({ name }) => name !== "TypeDef");
  const signs = found.filter(({ name }) => name === "AssignOp").length;
  const [target, , value] = found;
  const plain = signs === 1 && found.length === 3 && statement.parent?.name === "Script";
  if (plain && target?.name === "VariableName" && value) {
    bind(target, value);
    return;
  }
  const targets = found.slice(
    0,
    found.findLastIndex(({ name }) => name === "AssignOp"),
  );
  for (const each of targets) if (each.name === "VariableName") bind(each, null);
}
