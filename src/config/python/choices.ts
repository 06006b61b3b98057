import { keyOf, within, type Branch, type Taken } from "./branches.ts";
import { either, linesOf } from "./either.ts";
import { put, type Entries } from "./entries.ts";
import { isTrainer } from "./other-classes.ts";
import type { Node } from "./python-literal.ts";
import { MAX_CHANGES, type Script } from "./script.ts";
import { argumentsOf, assignedTo, calleeOf, isWithin, textOf } from "./syntax.ts";

/** Ways to go through a script that are looked at. */
const MAX_WAYS = 16;

/** A script as it is where certain branches are taken, one number for each branching. */
export interface Way {
  taken: readonly number[];
  script: Script;
}

/** The branchings on which it depends which configuration trains, and every way through them. */
export interface Choices {
  branchings: readonly Node[];
  /** Null: there are too many. */
  ways: readonly Way[] | null;
}

export function choicesOf(script: Script, makes: readonly Node[]): Choices {
  const decides = decidingOf(script, makes);
  const branchings = script.branchings.filter(
    (each) => decides(each) && alternatives(each, script).length > 1,
  );
  const count = branchings.reduce((ways, each) => ways * alternatives(each, script).length, 1);
  if (count > MAX_WAYS) return { branchings, ways: null };
  const ways = branchings.reduce<(readonly number[])[]>(
    (all, each) => all.flatMap((taken) => alternatives(each, script).map((_, i) => [...taken, i])),
    [[]],
  );
  return {
    branchings,
    ways: ways.map((taken) => ({ taken, script: wayOf(taken, branchings, script) })),
  };
}

/** Branches that raise train nothing. */
const alternatives = (branching: Node, script: Script): Branch[] =>
  script.alternatives(branching).filter((branch) => branch?.lastChild?.name !== "RaiseStatement");

function wayOf(taken: readonly number[], branchings: readonly Node[], script: Script): Script {
  const branches: Taken = new Map(
    branchings.map((each, i): [string, Branch[]] => [
      keyOf(each),
      [alternatives(each, script)[taken[i] ?? 0] ?? null],
    ]),
  );
  return within(script, branches);
}

/** Tells whether a configuration or a trainer is made in a branch, or gets another name there. */
function decidingOf(
  { bindings, calls, source }: Script,
  makes: readonly Node[],
): (branching: Node) => boolean {
  const trainers = calls.filter((call) => isTrainer(calleeOf(call, source)));
  const given = trainers.flatMap((call) => {
    const { named } = argumentsOf(call, source);
    return named.get("args") ?? named.get("config") ?? [];
  });
  const names = new Set([
    ...makes.map((call) => assignedTo(call, source)),
    ...given.map((each) => textOf(each, source)),
  ]);
  const bound = [...names].flatMap((name) => bindings.get(name ?? "") ?? []);
  const within = [...[...makes, ...trainers].map(({ from }) => from), ...bound.map(({ at }) => at)];
  const chosen = [...given, ...bound.map(({ value }) => value)].filter(
    (each) => each?.name === "ConditionalExpression",
  );
  return (branching) =>
    within.some((at) => at >= branching.from && at < branching.to) ||
    chosen.some((each) => each && isWithin(branching, each));
}

/** What is found where certain branches are taken. */
export interface Found {
  taken: readonly number[];
  entries: Entries;
  /** The call or the dict that makes it. */
  node: Node;
  notes: readonly string[];
  /** Which of several it is, in a sentence. */
  which: readonly string[];
}

/** What the configurations of all ways agree on; nothing is sure where there are too many. */
export function joinedWays(
  found: readonly Found[],
  { branchings, ways }: Choices,
  { lineOf, isTangled }: Script,
): { entries: Entries; notes: string[] } {
  const lines = branchings.map(({ from }) => lineOf(from));
  const where = linesOf(lines);
  const made = [...new Set(found.map(({ node }) => lineOf(node.from)))];
  const notes = found.flatMap((each) => [...(made.length > 1 ? [] : each.which), ...each.notes]);
  if (made.length > 1) {
    const by = lines.length === 1 ? "condition" : "conditions";
    notes.unshift(
      `The script makes one of ${made.length} configurations (${linesOf(made)}), by the ${by} in ${where}: what they agree on is read.`,
    );
  }
  if (ways !== null && found.length < ways.length) {
    notes.unshift(
      `In one of the branches of ${where} no configuration is made: what is read holds for the others.`,
    );
  }
  const [first] = found;
  const entries = found.length === 1 && first ? first.entries : either(found, lines);
  const open = [
    ...(ways === null ? [`what is taken of the branches in ${where}`] : []),
    ...(isTangled ? [`what its more than ${MAX_CHANGES} changes reach`] : []),
  ];
  put(entries, { written: new Map(), open });
  return { entries, notes: [...new Set(notes)] };
}
