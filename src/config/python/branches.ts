import { parts, readLiteral, type Follow, type Node } from "./python-literal.ts";
import type { Script } from "./script.ts";
import { textOf } from "./syntax.ts";
import type { PlainValue } from "./written.ts";

/** What an `if` or a conditional expression takes one of; null: nothing, where there is no else. */
export type Branch = Node | null;

/** A branching's branches, in order. */
export function branchesOf(branching: Node): Branch[] {
  const found = parts(branching);
  if (branching.name === "ConditionalExpression") {
    const [first, , , , second] = found;
    return first && second ? [first, second] : [];
  }
  const bodies = found.filter(({ name }) => name === "Body");
  return found.some(({ name }) => name === "else") ? bodies : [...bodies, null];
}

const conditionsOf = (branching: Node): Node[] => {
  const found = parts(branching);
  if (branching.name === "ConditionalExpression") return found.slice(2, 3);
  return found.filter((_, i) => /^(if|elif)$/.test(found[i - 1]?.name ?? ""));
};

export const isBranching = ({ name }: Node): boolean =>
  name === "IfStatement" || name === "ConditionalExpression";

/** The branches that each branching can take, by `keyOf`; all of them where it is not in it. */
export type Taken = ReadonlyMap<string, readonly Branch[]>;

export const keyOf = ({ from, to }: Node): string => `${from}-${to}`;

/** Where there are more, none is decided. */
const MAX_BRANCHINGS = 1000;

/** Branchings that the text decides: `if True`, `if DEBUG` after `DEBUG = False`. */
export function decidedByText({ branchings, source }: Script, follow: Follow): Taken {
  const taken = new Map<string, readonly Branch[]>();
  if (branchings.length > MAX_BRANCHINGS) return taken;
  for (const branching of branchings) {
    const all = branchesOf(branching);
    const left = possible(conditionsOf(branching), all, source, follow);
    if (left.length < all.length) taken.set(keyOf(branching), left);
  }
  return taken;
}

function possible(
  conditions: readonly Node[],
  branches: readonly Branch[],
  source: string,
  follow: Follow,
): Branch[] {
  const left: Branch[] = [];
  for (const [i, condition] of conditions.entries()) {
    const truth = truthOf(condition, source, follow);
    const branch = branches[i];
    if (truth === false || branch === undefined) continue;
    left.push(branch);
    if (truth === true) return left;
  }
  return [...left, ...branches.slice(conditions.length)];
}

/** Whether a condition holds; null: that is not known. A script that trains is run as one. */
function truthOf(condition: Node, source: string, follow: Follow): boolean | null {
  const [first, second, last] = parts(condition);
  const truth = (each: Node) => truthOf(each, source, follow);
  if (condition.name === "ParenthesizedExpression" && first) return truth(first);
  if (condition.name === "UnaryExpression" && first?.name === "not" && second) {
    const operand = truth(second);
    return operand === null ? null : !operand;
  }
  if (first && last && (second?.name === "and" || second?.name === "or")) {
    const both = [truth(first), truth(last)];
    const decides = second.name === "or";
    if (both.includes(decides)) return decides;
    return both.includes(null) ? null : !decides;
  }
  if (/^__name__\s*==\s*(["'])__main__\1$/.test(textOf(condition, source))) return true;
  const read = readLiteral(condition, follow);
  // A default of an argument or of the environment holds where nobody decides otherwise.
  return "problem" in read || read.from !== undefined ? null : isTrue(read.value);
}

/** As Python has it: 0, "", None and what is empty are false. */
const isTrue = (value: PlainValue): boolean =>
  value !== null && typeof value === "object" ? Object.keys(value).length > 0 : Boolean(value);

/** A script of which only the given branches are there: what stands in others does not happen. */
export function within(script: Script, taken: Taken): Script {
  if (taken.size === 0) return script;
  const left = (branching: Node): readonly Branch[] =>
    taken.get(keyOf(branching)) ?? script.alternatives(branching);
  const isLive = (node: Node): boolean => {
    if (!script.isLive(node)) return false;
    for (let at = node; at.parent; at = at.parent) {
      const { parent } = at;
      const isBranch = at.name === "Body" || parent.name === "ConditionalExpression";
      if (!isBranch || !isBranching(parent) || !taken.has(keyOf(parent))) continue;
      if (!isCondition(at, parent) && !left(parent).some((branch) => branch?.from === at.from))
        return false;
    }
    return true;
  };
  /** The block with which another is one, where it is the only branch that is left. */
  const blockOf = (node: Node): Node => {
    let block = script.blockOf(node);
    while (block.parent?.name === "IfStatement" && left(block.parent).length === 1) {
      block = script.blockOf(block.parent);
    }
    return block;
  };
  const joined = (block: Node): Node =>
    block.name === "Body" ? blockOf(block.firstChild ?? block) : block;
  const moved = <T extends { block: Node }>(items: ReadonlyMap<string, readonly T[]>) =>
    new Map(
      [...items].flatMap(([name, each]): [string, T[]][] => {
        const live = each
          .filter(({ block }) => isLive(block))
          .map((item) => ({ ...item, block: joined(item.block) }));
        return live.length === 0 ? [] : [[name, live]];
      }),
    );
  return {
    ...script,
    bindings: moved(script.bindings),
    effects: moved(script.effects),
    calls: script.calls.filter(isLive),
    blockOf,
    isLive,
    alternatives: left,
  };
}

const isCondition = (node: Node, branching: Node): boolean =>
  conditionsOf(branching).some(({ from }) => from === node.from);
