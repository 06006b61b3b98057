import type { Environment } from "../shell/environment.ts";
import {
  changeOf,
  TRAINER_ARGS,
  UNKNOWN,
  handedOn,
  mergeOf,
  mutation,
  removalOf,
  type Affect,
  type Effect,
} from "./effects.ts";
import { throughFunctions } from "./through-functions.ts";
import { forget, makesNamesAnew } from "./made-anew.ts";
import { throughAliases, throughLoop } from "./aliases.ts";
import { branchesOf, type Branch } from "./branches.ts";
import { parts, type Node } from "./python-literal.ts";
import { blockOf, calleeOf, textOf } from "./syntax.ts";
import { givenBy, placeOf, targetsOf } from "./targets.ts";

/** A name that gets a value. */
export interface Binding {
  /** Null where it is bound by anything but a plain assignment or a default. */
  value: Node | null;
  at: number;
  /** What it may be, or have in it, where its value is not known. */
  shares?: readonly Node[];
  /** The script or the body in which it happens. */
  block: Node;
  /** The function whose argument it is; null for assignments. */
  owner: Node | null;
}

/** What a script binds, changes, defines and calls; nothing of it is run. */
export interface Script {
  source: string;
  /** What is told of the environment that it would run in. */
  environment: Environment;
  lineOf(position: number): number;
  bindings: ReadonlyMap<string, readonly Binding[]>;
  effects: ReadonlyMap<string, readonly Effect[]>;
  /** Every class of a name, as they follow each other in the text. */
  classes: ReadonlyMap<string, readonly Node[]>;
  functions: ReadonlyMap<string, readonly Node[]>;
  calls: readonly Node[];
  /** Names of functions that stand elsewhere than where they are called. */
  handed: ReadonlySet<string>;
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
export function scriptOf(
  tree: Node,
  source: string,
  lineOf: Script["lineOf"],
  environment: Environment,
): Script {
  const bindings = new Map<string, Binding[]>();
  const effects = new Map<string, Effect[]>();
  const classes = new Map<string, Node[]>();
  const functions = new Map<string, Node[]>();
  const calls: Node[] = [];
  const branchings: Node[] = [];
  const loops: Node[] = [];
  const names = new Set<string>();
  const anew: Node[] = [];
  const bind: Bind = (node, value, owner = null, shares = []) =>
    push(bindings, textOf(node, source), {
      value,
      at: node.to,
      block: owner ? blockOf(node) : placeOf(node),
      owner,
      ...(shares.length > 0 && { shares }),
    });
  const affect: Affect = (name, effect, node) => {
    push(effects, name, { ...effect, block: placeOf(node) });
    // A callback of the trainer is given its args.
    if (name === "args" && effect.path.length === 0 && isCallback(node, source))
      push(effects, TRAINER_ARGS, { ...effect, ...UNKNOWN, block: placeOf(node) });
  };

  tree.cursor().iterate((cursor) => {
    if (cursor.name === "ForStatement") loops.push(cursor.node);
    if (makesNamesAnew(cursor.node, source)) anew.push(cursor.node);
    if (cursor.name === "VariableName") {
      if (isHanded(cursor.node, source)) names.add(textOf(cursor.node, source));
      return;
    }
    for (const { targets, from } of givenBy(cursor.node)) {
      for (const target of targets) {
        if (target.name === "VariableName") bind(target, null, null, from ? [from] : []);
        changeOf(target, null, source, affect);
      }
    }
    switch (cursor.name) {
      case "AssignStatement":
        assignment(cursor.node, source, bind, affect);
        break;
      case "UpdateStatement":
        update(cursor.node, source, bind, affect);
        break;
      case "DeleteStatement":
        for (const child of parts(cursor.node).flatMap(targetsOf)) {
          if (child.name === "VariableName") bind(child, null);
          removalOf(child, source, affect);
        }
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
      case "MemberExpression":
        handedOn(cursor.node, source, affect);
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
  const all = named(bindings, functions);
  const handed = new Set([...all.keys()].filter((name) => names.has(name)));
  for (const loop of loops) throughLoop(loop, source, effects, affect);
  throughFunctions({ calls, source, functions: all, handed, effects, affect });
  for (const at of anew) forget(at, bindings, effects);
  const isTangled = count(bindings) + count(effects) > MAX_CHANGES;
  if (!isTangled) {
    for (const loop of loops) throughLoop(loop, source, effects, affect);
    throughAliases({ bindings, effects, source, affect });
  }
  const found = { bindings, effects, classes, functions, calls, handed, branchings };
  return {
    source,
    environment,
    lineOf,
    ...found,
    isTangled,
    blockOf,
    alternatives: branchesOf,
    isLive: () => true,
  };
}

function isCallback(node: Node, source: string): boolean {
  for (let at: Node | null = node; at; at = at.parent) {
    const name = at.name === "FunctionDefinition" ? at.getChild("VariableName") : null;
    if (name) return textOf(name, source).startsWith("on_");
  }
  return false;
}

/** Functions by their names, and lambdas by those that they are assigned to. */
function named(
  bindings: ReadonlyMap<string, readonly Binding[]>,
  functions: ReadonlyMap<string, readonly Node[]>,
): ReadonlyMap<string, readonly Node[]> {
  const all = new Map(functions);
  for (const [name, each] of bindings) {
    const lambdas = each.flatMap(({ value }) =>
      value?.name === "LambdaExpression" ? [value] : [],
    );
    if (lambdas.length > 0) all.set(name, [...(all.get(name) ?? []), ...lambdas]);
  }
  return all;
}

/** Whether a name stands as a value: not called, not defined, and not given to what runs the script. */
function isHanded(node: Node, source: string): boolean {
  const { parent } = node;
  if (!parent || /^(FunctionDefinition|Decorator|ImportStatement|ParamList)$/.test(parent.name))
    return false;
  if (parent.name === "CallExpression" && parent.firstChild?.from === node.from) return false;
  return !(
    parent.name === "ArgList" &&
    parent.parent &&
    /^(Fire|run|launch|notebook_launcher)$/.test(calleeOf(parent.parent, source))
  );
}

/** Bindings and changes that are followed to what else they reach. */
export const MAX_CHANGES = 2000;

const count = (lists: ReadonlyMap<string, readonly unknown[]>): number =>
  [...lists.values()].reduce((sum, { length }) => sum + length, 0);

type Bind = (name: Node, value: Node | null, owner?: Node | null, shares?: readonly Node[]) => void;

function push<T>(into: Map<string, T[]>, name: string, item: T): void {
  const list = into.get(name);
  if (list) list.push(item);
  else into.set(name, [item]);
}

/** `a = value` binds a to the value; `a = b = value` and `a, b = …` bind without one. */
function assignment(statement: Node, source: string, bind: Bind, affect: Affect): void {
  const found = parts(statement).filter(({ name }) => name !== "TypeDef");
  const lastSign = found.findLastIndex(({ name }) => name === "AssignOp");
  const written = found.slice(0, lastSign).filter(({ name }) => name !== "AssignOp");
  const targets = written.flatMap(targetsOf);
  const one = written.length === 1 && targets[0] === written[0];
  const shares = found.slice(Math.max(lastSign + 1, 0));
  const value = found.length === lastSign + 2 ? (found.at(-1) ?? null) : null;
  const parsed = value && parsedArguments(value, targets, source);
  for (const target of targets) {
    // A class's own names are not seen outside it but through it.
    const ofClass = blockOf(target).parent?.name === "ClassDefinition";
    if (target.name === "VariableName" && !ofClass) {
      const both = value !== null && isParsing(value, source);
      const plain = one && !both && parsed === null ? value : null;
      const given = target === targets[0] && parsed ? parsed : plain;
      bind(target, given, null, given ? [] : shares);
    }
    changeOf(target, one ? value : null, source, affect);
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
