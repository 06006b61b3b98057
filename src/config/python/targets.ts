import { parts, type Node } from "./python-literal.ts";

/** What a target gives a value to, one by one: `(a, b["k"])`, `[a, *b]`. */
export const targetsOf = (node: Node): Node[] =>
  /^(Tuple|Array|Parenthesized)Expression$/.test(node.name)
    ? parts(node).flatMap(targetsOf)
    : [node];

/** What a statement or an expression gives values to, and what they may be: the value, or part of it. */
export interface Given {
  targets: readonly Node[];
  from: Node | null;
}

const GIVES = /^(Named|For|With|Try|As|Capture|Import|Scope)/;

/** What anything but an assignment gives a value to. */
export function givenBy(node: Node): Given[] {
  if (!GIVES.test(node.name)) return [];
  const found = parts(node);
  switch (node.name) {
    case "NamedExpression":
      return [{ targets: found.slice(0, 1), from: found.at(-1) ?? null }];
    case "ForStatement":
      return loops(found);
    case "WithStatement":
    case "TryStatement":
    case "AsPattern":
      return found.flatMap((each, i) => {
        const after = found[i + 1];
        return each.name === "as" && after
          ? [{ targets: targetsOf(after), from: found[i - 1] ?? null }]
          : [];
      });
    case "CapturePattern":
      return [{ targets: found, from: subjectOf(node) }];
    case "ImportStatement":
    case "ScopeStatement":
      return [{ targets: found, from: null }];
  }
  return [];
}

/** `for a, b in …` of a loop or of a comprehension. */
function loops(found: readonly Node[]): Given[] {
  const given: Given[] = [];
  for (let i = 0; i < found.length; i++) {
    if (found[i]?.name !== "for") continue;
    const end = found.findIndex(({ name }, at) => at > i && name === "in");
    const targets = found.slice(i + 1, end).flatMap(targetsOf);
    if (end > 0) given.push({ targets, from: found[end + 1] ?? null });
  }
  return given;
}

function subjectOf(pattern: Node): Node | null {
  for (let at = pattern.parent; at; at = at.parent)
    if (at.name === "MatchStatement") return parts(at)[1] ?? null;
  return null;
}

const isComprehension = (node: Node): boolean =>
  node.name.endsWith("ComprehensionExpression") ||
  (node.name === "ArgList" && node.getChild("for") !== null);

/** Whether a node is in a comprehension whose own name it is. */
export function isComprehended(node: Node, name: string, source: string): boolean {
  for (let at = node.parent; at; at = at.parent) {
    if (/^(Body|Script)$/.test(at.name)) return false;
    if (!isComprehension(at)) continue;
    const targets = loops(parts(at)).flatMap((each) => each.targets);
    if (targets.some(({ from, to }) => source.slice(from, to) === name)) return true;
  }
  return false;
}

/** The block of what happens only perhaps, or later: `x and f()`, `f() if x else g()`, a lambda's. */
export function placeOf(node: Node): Node {
  let inside = node;
  for (let at = node.parent; at; at = at.parent) {
    if (/^(Body|Script|LambdaExpression|ConditionalExpression)$/.test(at.name)) return at;
    if (isComprehension(at)) return at;
    const isJoined = at.name === "BinaryExpression" && (at.getChild("and") ?? at.getChild("or"));
    if (isJoined && at.firstChild?.from !== inside.from) return at;
    inside = at;
  }
  return node;
}
