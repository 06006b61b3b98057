import { parts, type Node } from "./python-literal.ts";
import type { Binding, Script } from "./script.ts";
import { calleeOf, isWithin, textOf } from "./syntax.ts";
import { isComprehended, targetsOf } from "./targets.ts";

/** The bindings of which one counts at a place, and the branchings that decide which. */
export interface Reaching {
  bindings: readonly Binding[];
  on: readonly Node[];
}

/** What reaches the end of a stretch; `through`: nothing may have been bound on the way. */
interface Found extends Reaching {
  through: boolean;
}

/** Bindings of one name that are looked at. */
const MAX_BINDINGS = 100;

/**
 * The bindings of a name of which one has certainly happened last before this place; null where that
 * cannot be told: in loops, in functions that run at another time, behind what may fail.
 */
export function reaching(node: Node, script: Script): Reaching | null {
  const name = textOf(node, script.source);
  const all = script.bindings.get(name) ?? [];
  const [only, ...others] = all;
  if (!only || all.length > MAX_BINDINGS || isComprehended(node, name, script.source)) return null;
  if (isOfClass(node, name, script)) return null;
  // A lambda reads its names when it is called.
  if (others.length > 0 && placedInLambda(node)) return null;
  const found = others.length === 0 ? lone(only, node, script) : null;
  if (found !== null || all.some(({ owner }) => owner !== null)) return found;
  if (!inSame(script.blockOf(node), all)) return null;
  const bindings: Binding[] = [];
  const on: Node[] = [];
  let position = node.from;
  for (let block = script.blockOf(node); ; block = script.blockOf(block.parent ?? block)) {
    const found = before(position, block, usable(all, node), script);
    if (found === null) return null;
    bindings.push(...found.bindings);
    on.push(...found.on);
    if (!found.through) return bindings.length === 0 ? null : { bindings, on };
    const { parent } = block;
    if (!parent || !mayPass(parent, all)) return null;
    position = parent.name === "IfStatement" ? parent.from : block.from;
  }
}

/** Whether a node is in the body of a class that gives the name a value there: the class's own is meant. */
function isOfClass(node: Node, name: string, { blockOf, source }: Script): boolean {
  const body = bodyOf(blockOf(node));
  if (body?.name !== "ClassDefinition") return false;
  let found = false;
  body.cursor().iterate((cursor) => {
    if (cursor.name === "FunctionDefinition") return false;
    const targets = parts(cursor.node).flatMap(targetsOf);
    if (cursor.name === "AssignStatement" || cursor.name === "UpdateStatement")
      found ||= targets.some((each) => textOf(each, source) === name && each.to < node.from);
    return !found;
  });
  return found;
}

function placedInLambda(node: Node): boolean {
  for (let at = node.parent; at && !/^(Body|Script)$/.test(at.name); at = at.parent)
    if (at.name === "LambdaExpression") return true;
  return false;
}

/** A value that a name is part of does not bind it yet. */
const usable = (all: readonly Binding[], node: Node): Binding[] =>
  all.filter(({ value }) => value === null || !isWithin(node, value));

function lone(only: Binding, node: Node, script: Script): Reaching | null {
  const { at, block, owner } = only;
  if (at > node.from || usable([only], node).length === 0) return null;
  const certain =
    owner === null ? isWithin(node, block) : isWithin(node, owner) && !isGiven(owner, script);
  return certain ? { bindings: [only], on: [] } : null;
}

export const functionName = (definition: Node, source: string): string => {
  const name = definition.getChild("VariableName");
  return name ? textOf(name, source) : "a function";
};

/** Whether a function is called with arguments somewhere, or by a decorator that could do so. */
function isGiven(definition: Node, { calls, source, handed }: Script): boolean {
  if (definition.parent?.name === "DecoratedStatement") return true;
  // Nobody follows where a lambda or a function that is handed on is called.
  if (definition.name === "LambdaExpression") return true;
  const name = functionName(definition, source);
  if (handed.has(name)) return true;
  return calls.some((each) => {
    const list = each.getChild("ArgList");
    return calleeOf(each, source) === name && list !== null && parts(list).length > 0;
  });
}

/** Whether every binding is in the script, or in the function, that a block is in. */
function inSame(block: Node, all: readonly Binding[]): boolean {
  const home = bodyOf(block)?.from;
  return all.every((each) => bodyOf(each.block)?.from === home);
}

/** The function or class that a block is in; null: the script itself. */
function bodyOf(block: Node): Node | null {
  for (let at: Node | null = block; at; at = at.parent) {
    if (/^(FunctionDefinition|ClassDefinition|LambdaExpression)$/.test(at.name)) return at;
  }
  return null;
}

/** What is bound last in a block before a position. */
function before(
  position: number,
  block: Node,
  all: readonly Binding[],
  script: Script,
): Found | null {
  const inside = all
    .filter((each) => each.at < position && isWithin(each.block, block))
    .toSorted((a, b) => b.at - a.at);
  const bindings: Binding[] = [];
  const on: Node[] = [];
  for (let i = 0; i < inside.length;) {
    const binding = inside[i] as Binding;
    if (same(binding.block, block)) {
      return { bindings: [...bindings, binding], on, through: false };
    }
    const branching = statementIn(binding.block, block, script);
    if (branching?.name !== "IfStatement") return null;
    const branches = ofBranches(branching, all, script);
    if (branches === null) return null;
    bindings.push(...branches.bindings);
    on.push(...branches.on);
    if (!branches.through) return { bindings, on, through: false };
    while (i < inside.length && isWithin((inside[i] as Binding).block, branching)) i++;
  }
  return { bindings, on, through: true };
}

function ofBranches(branching: Node, all: readonly Binding[], script: Script): Found | null {
  const bindings: Binding[] = [];
  const on: Node[] = [branching];
  let through = false;
  for (const branch of script.alternatives(branching)) {
    if (branch !== null && ends(branch)) continue;
    const found = branch === null ? null : before(branch.to + 1, branch, all, script);
    if (branch !== null && found === null) return null;
    bindings.push(...(found?.bindings ?? []));
    on.push(...(found?.on ?? []));
    through ||= found?.through ?? true;
  }
  return { bindings, on, through };
}

/** Whether nothing after a branch happens where it is taken. */
const ends = (branch: Node): boolean =>
  /^(Return|Raise|Continue|Break)Statement$/.test(branch.lastChild?.name ?? "");

/** The statement of a block that another block is in; null: it is in none. */
export function statementIn(inner: Node, block: Node, script: Script): Node | null {
  for (let at = inner; at.parent; at = script.blockOf(at.parent)) {
    if (same(script.blockOf(at.parent), block)) return at.parent;
  }
  return null;
}

/** Whether what came before a statement is still so at the beginning of its branches. */
function mayPass(statement: Node, all: readonly Binding[]): boolean {
  if (statement.name === "WithStatement") return true;
  const inside = all.filter(({ at }) => at >= statement.from && at <= statement.to);
  // A condition that binds does so before every branch.
  if (statement.name === "IfStatement")
    return inside.every(({ block }) => isWithin(block, statement));
  return /^(For|While|Try)Statement$/.test(statement.name) && inside.length === 0;
}

const same = (one: Node, other: Node): boolean => one.from === other.from && one.to === other.to;
