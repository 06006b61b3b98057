import {
  changeOf,
  mergeOf,
  mutation,
  removalOf,
  throughFunctions,
  type Affect,
  type Effect,
} from "./effects.ts";
import { throughAliases, throughLoop } from "./aliases.ts";
import { branchesOf, type Branch } from "./branches.ts";
import { parts, type Node } from "./python-literal.ts";
import { blockOf, calleeOf, textOf } from "./syntax.ts";

/** A name that gets a value. */
export interface Binding {
  /** Null where it is bound by anything but a plain assignment or a default. */
  value: Node | null;
  at: number;
  /** The script or the body in which it happens. */
  block: Node;
  /** The function whose argument it is; null for assignments. */
  owner: Node | null;
}

/** What a script binds, changes, defines and calls; nothing of it is run. */
export interface Script {
  source: string;
  lineOf(position: number): number;
  bindings: ReadonlyMap<string, readonly Binding[]>;
  effects: ReadonlyMap<string, readonly Effect[]>;
  /** Every class of a name, as they follow each other in the text. */
  classes: ReadonlyMap<string, readonly Node[]>;
  functions: ReadonlyMap<string, readonly Node[]>;
  calls: readonly Node[];
  /** What takes one of several branches: `if` statements and conditional expressions. */
  branchings: readonly Node[];
  /** Whether it has so many changes that what each of them reaches is not followed. */
  isTangled: boolean;
  /** The script or the body that a node is in. */
  blockOf(node: Node): Node;
  /** Whether a node is in no branch that is not taken. */
  isLive(node: Node): boolean;
  /** The branches that may be taken of a branching. */
  alternatives(branching: Node): readonly Branch[];
}

/** Goes through a script once and notes everything that a value could depend on. */
export function scriptOf(tree: Node, source: string, lineOf: Script["lineOf"]): Script {
  const bindings = new Map<string, Binding[]>();
  const effects = new Map<string, Effect[]>();
  const classes = new Map<string, Node[]>();
  const functions = new Map<string, Node[]>();
  const calls: Node[] = [];
  const branchings: Node[] = [];
  const loops: Node[] = [];
  const bind = (node: Node, value: Node | null, owner: Node | null = null) =>
    push(bindings, textOf(node, source), { value, at: node.to, block: blockOf(node), owner });
  const affect = (name: string, effect: Omit<Effect, "block">, node: Node) =>
    push(effects, name, { ...effect, block: blockOf(node) });

  tree.cursor().iterate((cursor) => {
    if (cursor.name === "ForStatement") loops.push(cursor.node);
    switch (cursor.name) {
      case "AssignStatement":
        assignment(cursor.node, source, bind, affect);
        break;
      case "UpdateStatement":
        update(cursor.node, source, bind, affect);
        break;
      case "DeleteStatement":
        for (const child of parts(cursor.node)) {
          if (child.name === "VariableName") bind(child, null);
          removalOf(child, source, affect);
        }
        break;
      case "NamedExpression":
      case "ImportStatement":
      case "ForStatement":
      case "WithStatement":
      case "ScopeStatement":
        for (const child of parts(cursor.node))
          if (child.name === "VariableName") bind(child, null);
        break;
      case "FunctionDefinition":
      case "ClassDefinition": {
        const name = cursor.node.getChild("VariableName");
        if (name) {
          bind(name, null);
          const named = cursor.name === "ClassDefinition" ? classes : functions;
          push(named, textOf(name, source), cursor.node);
        }
        break;
      }
      case "ParamList":
        parameters(cursor.node, bind);
        break;
      case "CallExpression":
        calls.push(cursor.node);
        mutation(cursor.node, source, affect);
        break;
      case "IfStatement":
      case "ConditionalExpression":
        branchings.push(cursor.node);
        break;
    }
  });
  for (const call of calls) throughFunctions(call, source, functions, effects, affect);
  const isTangled = count(bindings) + count(effects) > MAX_CHANGES;
  if (!isTangled) {
    for (const loop of loops) throughLoop(loop, source, effects, affect);
    throughAliases({ bindings, effects, source, affect });
  }
  const found = { bindings, effects, classes, functions, calls, branchings };
  return {
    source,
    lineOf,
    ...found,
    isTangled,
    blockOf,
    alternatives: branchesOf,
    isLive: () => true,
  };
}

/** Bindings and changes that are followed to what else they reach. */
export const MAX_CHANGES = 2000;

const count = (lists: ReadonlyMap<string, readonly unknown[]>): number =>
  [...lists.values()].reduce((sum, { length }) => sum + length, 0);

type Bind = (name: Node, value: Node | null, owner?: Node | null) => void;

function push<T>(into: Map<string, T[]>, name: string, item: T): void {
  const list = into.get(name);
  if (list) list.push(item);
  else into.set(name, [item]);
}

/** `a = value` binds a to the value; `a = b = value` and `a, b = …` bind without one. */
function assignment(statement: Node, source: string, bind: Bind, affect: Affect): void {
  const found = parts(statement).filter(({ name }) => name !== "TypeDef");
  const lastSign = found.findLastIndex(({ name }) => name === "AssignOp");
  const targets = found.slice(0, lastSign).filter(({ name }) => name !== "AssignOp");
  const value = found.length === lastSign + 2 ? (found.at(-1) ?? null) : null;
  const parsed = value && parsedArguments(value, targets, source);
  for (const target of targets) {
    // A class's own names are not seen outside it but through it.
    const ofClass = blockOf(target).parent?.name === "ClassDefinition";
    if (target.name === "VariableName" && !ofClass) {
      const both = value !== null && isParsing(value, source);
      const plain = targets.length === 1 && !both && parsed === null ? value : null;
      bind(target, target === targets[0] && parsed ? parsed : plain);
    }
    changeOf(target, targets.length === 1 ? value : null, source, affect);
  }
}

const isParsing = (call: Node, source: string): boolean =>
  call.name === "CallExpression" && calleeOf(call, source) === "parse_known_args";

/**
 * The call that makes the first target's arguments: of `args, rest = p.parse_known_args()`, or of
 * `args = p.parse_known_args()[0]`. Null where the assignment is none of these.
 */
function parsedArguments(value: Node, targets: readonly Node[], source: string): Node | null {
  if (isParsing(value, source)) return targets.length > 1 ? value : null;
  const [call, index] = value.name === "MemberExpression" ? parts(value) : [];
  const first = index !== undefined && textOf(index, source) === "0";
  return first && call && isParsing(call, source) && targets.length === 1 ? call : null;
}

/** `n += 1` binds without a value; `d |= {…}` merges; `args.x *= 2` changes x. */
function update(statement: Node, source: string, bind: Bind, affect: Affect): void {
  const [target, sign, value] = parts(statement);
  if (!target || !sign) return;
  const merges = textOf(sign, source) === "|=" ? (value ?? null) : null;
  if (target.name === "VariableName") {
    if (merges === null) bind(target, null);
    const effect = { path: [], key: null, value: null, merges: null, at: target.from } as const;
    if (merges === null) affect(textOf(target, source), { ...effect, kind: "unknown" }, target);
  }
  if (merges !== null) mergeOf(target, merges, source, affect);
  else changeOf(target, null, source, affect);
}

/** Names, their defaults where they have one. */
function parameters(list: Node, bind: Bind): void {
  const found = parts(list).filter(({ name }) => name !== "TypeDef");
  found.forEach((node, i) => {
    const before = found[i - 1]?.name;
    if (node.name !== "VariableName" || before === "AssignOp") return;
    const hasDefault = found[i + 1]?.name === "AssignOp";
    const value = hasDefault ? (found[i + 2] ?? null) : null;
    bind(node, before === "*" || before === "**" ? null : value, list.parent);
  });
}
