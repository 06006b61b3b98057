import type {
  AndOr,
  Case,
  CommandNode,
  CompoundList,
  For,
  If,
  PipelineNode,
  Redirected,
  Statement,
  SyntaxNode,
  While,
} from "unbash";
import { arithmetic } from "./arithmetic.ts";
import { assignedNames } from "./assign.ts";
import { expressionHolds, matches } from "./conditions.ts";
import { expand, expandText } from "./expand.ts";
import { runCommand } from "./run-command.ts";
import { copied, merge, type Scope } from "./scope.ts";
import { textOf, unknown } from "./value.ts";
import { textOfVariable } from "./variables.ts";
import { spend, type Walk } from "./walk.ts";

/** Follows statements one after the other, up to one that ends the script. */
export function runList(statements: readonly Statement[], walk: Walk): void {
  for (const { command } of statements) {
    if (walk.scope.ended) return;
    run(command, walk);
  }
}

/**
 * Follows one command of any kind.
 * @returns Whether it succeeds; null where only running it tells.
 */
export function run(node: PipelineNode | AndOr | CompoundList, walk: Walk): boolean | null {
  spend(walk, 1);
  switch (node.type) {
    case "Command":
      return runCommand(node, walk);
    case "AndOr":
      return runAndOr(node, walk);
    case "Pipeline": {
      const results = node.commands.map((each) => isolated(each, walk));
      const last = results.at(-1) ?? null;
      const negated = node.prefixes.some(({ type }) => type === "Negation");
      return last === null || !negated ? last : !last;
    }
    case "CompoundList":
      runList(node.commands, walk);
      return null;
    case "BraceGroup":
      runList(node.body.commands, walk);
      return null;
    case "Subshell":
      return isolated(node.body, walk);
    case "Redirected":
      return runRedirected(node, walk);
    case "If":
      runIf(node, walk);
      return null;
    case "Case":
      runCase(node, walk);
      return null;
    case "For":
      runFor(node, walk);
      return null;
    case "While":
      runLoop(node, walk);
      return null;
    case "ArithmeticFor":
    case "Select":
      loop(node, node.body, walk);
      return null;
    case "Function":
      walk.scope.functions.set(node.name.value, node);
      return true;
    case "TestCommand":
      return expressionHolds(node.expression, walk);
    case "ArithmeticCommand": {
      const { expression } = node;
      const value =
        expression &&
        arithmetic(expression, (name) =>
          textOf(textOfVariable(name, `$${name}`, walk.lineOf(node.pos), walk)),
        );
      return value == null ? null : value !== 0;
    }
    case "Coproc":
      return null;
  }
}

/** Follows what runs in a shell of its own: what it sets stays there. */
function isolated(node: CommandNode | CompoundList, walk: Walk): boolean | null {
  const { scope } = walk;
  walk.scope = copied(scope);
  const result = run(node, walk);
  walk.scope = scope;
  return result;
}

function runRedirected({ command }: Redirected, walk: Walk): boolean | null {
  return run(command, walk);
}

function runAndOr({ commands, operators }: AndOr, walk: Walk): boolean | null {
  const [first, ...rest] = commands;
  let result = first ? run(first, walk) : null;
  for (const [i, next] of rest.entries()) {
    const operator = operators[i];
    if (result !== null) {
      if (result === (operator === "&&")) result = run(next, walk);
      continue;
    }
    // A program that goes before another is taken to have worked; of a test nobody knows.
    const before = commands[i];
    if (operator === "&&" && before?.type === "Command" && !isQuestion(before)) {
      result = run(next, walk);
      continue;
    }
    const why = `as what stands before it in line ${walk.lineOf(next.pos)} decides`;
    branch([() => void run(next, walk), () => {}], why, walk);
    result = null;
  }
  return result;
}

const isQuestion = ({ name }: { name?: { value: string } | undefined }): boolean =>
  /^(\[|test|grep|command|which|type|pgrep|nvidia-smi|hash)$/.test(name?.value ?? "");

/** Follows branches of which nobody knows which is taken. */
export function branch(branches: readonly (() => void)[], why: string, walk: Walk): void {
  const { scope, only } = walk;
  const after: Scope[] = [];
  for (const follow of branches) {
    walk.scope = copied(scope);
    walk.only = why;
    spend(walk, 2 + scope.variables.size / 4);
    follow();
    after.push(walk.scope);
  }
  walk.scope = scope;
  walk.only = only;
  merge(scope, after, why);
}

function runIf({ clause, then, elif, else: otherwise }: If, walk: Walk): void {
  const arms = [[clause, then] as const, ...elif.map((each) => [each.clause, each.then] as const)];
  const possible: (() => void)[] = [];
  let line = 0;
  for (const [test, body] of arms) {
    const holds = verdict(test, walk);
    if (holds === false) continue;
    if (holds === null) line ||= walk.lineOf(test.pos);
    possible.push(() => runList(body.commands, walk));
    if (holds === true) return either(possible, line, walk);
  }
  possible.push(() => otherwise && runList(otherwise.commands, walk));
  either(possible, line, walk);
}

function either(possible: readonly (() => void)[], line: number, walk: Walk): void {
  const [first, ...others] = possible;
  if (others.length === 0) first?.();
  else branch(possible, `as the test in line ${line} decides`, walk);
}

function verdict({ commands }: CompoundList, walk: Walk): boolean | null {
  let result: boolean | null = null;
  for (const { command } of commands) result = run(command, walk);
  return result;
}

function runCase({ word, items, pos }: Case, walk: Walk): void {
  const text = textOf(expandText(word, walk));
  const possible: (() => void)[] = [];
  let isSure = false;
  for (const { pattern, body } of items) {
    const fits = pattern.map((each) => {
      const known = textOf(expandText(each, walk));
      if (known === "*") return true;
      return text === null || known === null ? null : matches(text, known);
    });
    const taken = fits.includes(true) ? true : fits.includes(null) ? null : false;
    if (taken === false) continue;
    possible.push(() => runList(body.commands, walk));
    isSure = taken === true;
    if (isSure) break;
  }
  if (!isSure) possible.push(() => {});
  if (possible.length === 1) possible[0]?.();
  else
    branch(
      possible,
      `as ${word.text.replaceAll('"', "")} in line ${walk.lineOf(pos)} decides`,
      walk,
    );
}

function runFor(node: For, walk: Walk): void {
  const words = node.wordlist?.flatMap((word) => expand(word, walk));
  const [only, ...others] = words ?? [];
  const name = node.name.value;
  const line = walk.lineOf(node.pos);
  if (only && others.length === 0 && only.problem === undefined) {
    walk.scope.variables.set(name, { array: [only] });
    runList(node.body.commands, walk);
    return;
  }
  loop(node, node.body, walk, () => {
    const all = (words ?? []).map(({ text }) => text);
    const which =
      all.length > 1 && all.length < 9
        ? `is each of ${all.join(", ")} in turn, as the loop in line ${line} goes on`
        : `changes in the loop of line ${line}`;
    walk.scope.variables.set(name, unknown(`$${name}`, line, which));
  });
}

const runLoop = (node: While, walk: Walk): void => {
  if (readsArguments(node, walk)) return;
  run(node.clause, walk);
  loop(node, node.body, walk);
};

/** `while [ $# -gt 0 ]` of the script itself: without arguments it is not gone through, which is noted. */
function readsArguments({ clause }: While, walk: Walk): boolean {
  const test = walk.source.slice(clause.pos, clause.end);
  if (walk.positional !== null || !/\$(?:#|\{#\}|\{?1\b)/.test(test)) return false;
  walk.handedOver ??= { text: "$#", line: walk.lineOf(clause.pos) };
  return true;
}

/** Follows a loop's body once: what it changes is not known before it is set anew. */
function loop(
  node: SyntaxNode & { pos: number },
  body: CompoundList,
  walk: Walk,
  begin = () => {},
): void {
  const line = walk.lineOf(node.pos);
  const why = `as the loop in line ${line} goes on`;
  const names = assignedNames(body);
  branch(
    [
      () => {
        for (const name of names) {
          if (!walk.scope.variables.has(name)) continue;
          walk.scope.variables.set(
            name,
            unknown(`$${name}`, line, `changes in the loop of line ${line}`),
          );
        }
        begin();
        runList(body.commands, walk);
        walk.scope.ended = false;
      },
      () => {},
    ],
    why,
    walk,
  );
}
