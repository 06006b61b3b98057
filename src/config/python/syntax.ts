import { parts, type Node } from "./python-literal.ts";

export const textOf = (node: Node, source: string): string => source.slice(node.from, node.to);

/** The text of a string literal without its quotes; null where the node is none. */
export const stringOf = (node: Node | undefined, source: string): string | null =>
  node?.name === "String"
    ? (/^[ru]?(["'])([\w.-]*)\1$/i.exec(textOf(node, source))?.[2] ?? null)
    : null;

/** The script or the body that a node is in. */
export function blockOf(node: Node): Node {
  let block: Node = node.parent ?? node;
  while (block.parent && block.name !== "Body" && block.name !== "Script") block = block.parent;
  return block;
}

/** Whether a node is in a block or in one within it. */
export const isWithin = (node: { from: number; to: number }, block: Node): boolean =>
  node.from >= block.from && node.to <= block.to;

/** Last name of what is called: `GRPOConfig` of `trl.GRPOConfig(…)`. */
export function calleeOf(call: Node, source: string): string {
  const callee = call.firstChild;
  const last = callee?.name === "MemberExpression" ? callee.lastChild : callee;
  return last && last.name !== "]" ? textOf(last, source) : "";
}

/** The name that a call's value is assigned to, as one of two perhaps; null: to none. */
export function assignedTo(call: Node, source: string): string | null {
  let value = call;
  while (/^(Conditional|Parenthesized)Expression$/.test(value.parent?.name ?? ""))
    value = value.parent ?? value;
  const statement = value.parent;
  const target = statement?.name === "AssignStatement" ? statement.firstChild : null;
  return target?.name === "VariableName" ? textOf(target, source) : null;
}

/** The positional and the named arguments of a call, and the values of its `**`. */
export interface Arguments {
  positional: Node[];
  named: Map<string, Node>;
  spread: Node[];
}

export function argumentsOf(call: Node, source: string): Arguments {
  const list = call.getChild("ArgList");
  const found = list ? parts(list) : [];
  const read: Arguments = { positional: [], named: new Map(), spread: [] };
  for (let i = 0; i < found.length; i++) {
    const [node, sign, value] = found.slice(i, i + 3);
    if (node?.name === "VariableName" && sign?.name === "AssignOp" && value) {
      read.named.set(textOf(node, source), value);
      i += 2;
    } else if (node?.name === "**" && sign) {
      read.spread.push(sign);
      i++;
    } else if (node && !["AssignOp", "*"].includes(node.name)) read.positional.push(node);
  }
  return read;
}
