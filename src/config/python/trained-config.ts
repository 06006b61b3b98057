import { linesOf } from "./either.ts";
import { parts, type Node } from "./python-literal.ts";
import { isTrainer } from "./other-classes.ts";
import type { Script } from "./script.ts";
import { argumentsOf, assignedTo, calleeOf, isWithin, textOf } from "./syntax.ts";

/** Which of a script's configurations is the one that trains. */
export interface TrainedConfig {
  call: Node;
  /** The name that it is assigned to; null where it has none. */
  name: string | null;
  /** Where it is given to the trainer; beyond that nothing changes it. */
  until: number;
  /** Why it may be another than the call says, each the beginning of a sentence. */
  doubts: string[];
  notes: string[];
  /** The copy of it that the trainer is given instead; null: it is given itself. */
  copy: Copy | null;
}

/** `copy.deepcopy(base)`, `dataclasses.replace(base, beta=0.1)`, and the name of what it makes. */
export interface Copy {
  call: Node;
  name: string | null;
  /** Where it is given to the trainer. */
  until: number;
}

/**
 * The configuration that a trainer is given; the first where no trainer says, or what one of the
 * branches that decide makes of its name.
 */
export function trainedConfig(
  calls: readonly Node[],
  script: Script,
  deciding: readonly Node[],
): TrainedConfig {
  const { source, lineOf } = script;
  const given = givenToTrainer(script);
  const made = given && madeBy(given, calls, script);
  const first = firstOf(made?.calls ?? calls, script, deciding);
  if (!first) throw new RangeError("there is no call");
  if (given && made) {
    const notes = many(calls, first, script, true);
    return named(first, assignedTo(first, source), given.from, made.doubts, notes);
  }
  if (given) {
    const inline = calls.find((call) => call.from === given.from);
    if (inline) return named(inline, null, given.from, [], many(calls, inline, script, true));
    const name = meantBy(textOf(given, source), script);
    const bound = calls.filter((call) => assignedTo(call, source) === name);
    const last = bound.findLast((call) => call.from < given.from) ?? bound.at(-1);
    if (last) {
      const doubts = doubtsAbout(name, last, bound, given, script);
      return named(last, name, given.from, doubts, many(calls, last, script, true));
    }
    const other = otherThanCalls(given, calls, script);
    if (other) return other;
  }
  const name = assignedTo(first, source);
  const again =
    name === null
      ? []
      : (script.bindings.get(name) ?? []).filter(
          ({ at, value }) => at > first.to && !calls.some((call) => call.from === value?.from),
        );
  const doubts = [
    ...again.map(({ at }) => `${name}, which is assigned again in line ${lineOf(at)}`),
    ...otherBranches(first, calls, script),
    ...(calls.length > 1 && (given !== null || hasTrainer(script))
      ? [`which of the configurations in ${lines(calls, lineOf)} the trainer is given`]
      : []),
  ];
  return named(first, name, Infinity, doubts, many(calls, first, script, false));
}

const lines = (calls: readonly Node[], lineOf: Script["lineOf"]): string =>
  linesOf(calls.map(({ from }) => lineOf(from)));

/** The configurations that the function of the script makes whose value the trainer is given. */
function madeBy(
  given: Node,
  calls: readonly Node[],
  script: Script,
): { calls: readonly Node[]; doubts: string[] } | null {
  const { source, functions, lineOf } = script;
  const value = given.name === "VariableName" ? onlyValue(textOf(given, source), script) : given;
  if (value?.name !== "CallExpression") return null;
  // Of two functions of a name the last is there.
  const definition = functions.get(calleeOf(value, source))?.at(-1);
  const own = definition ? calls.filter((each) => isWithin(each, definition)) : [];
  if (!definition || own.length === 0) return null;
  const decorated = definition.parent?.name === "DecoratedStatement";
  const doubts = decorated
    ? [`what the decorator in line ${lineOf(definition.parent?.from ?? 0)} makes of it`]
    : [];
  return { calls: own, doubts };
}

/** Whether the script makes a GRPO trainer, or hands its class on. */
const hasTrainer = ({ calls, bindings, source }: Script): boolean => {
  const isIt = (node: Node | null | undefined) =>
    node != null && isTrainer(textOf(node, source).replace(/^.*\./, ""));
  return (
    calls.some(
      (call) =>
        isTrainer(calleeOf(call, source)) || argumentsOf(call, source).positional.some(isIt),
    ) || [...bindings.values()].some((all) => all.some(({ value }) => isIt(value)))
  );
};

function firstOf(
  [first, ...others]: readonly Node[],
  { source }: Script,
  deciding: readonly Node[],
): Node | undefined {
  const name = first && assignedTo(first, source);
  const again = others.findLast(
    (call) =>
      assignedTo(call, source) === name && deciding.some((branching) => isWithin(call, branching)),
  );
  return (name === null ? undefined : again) ?? first;
}

/** A `match` or a `try` that makes one configuration or another. */
function otherBranches(chosen: Node, calls: readonly Node[], { lineOf }: Script): string[] {
  for (let at: Node | null = chosen; at; at = at.parent) {
    const around = at.parent;
    if (at.name !== "Body" && at.name !== "MatchClause") continue;
    if (around?.name !== "MatchBody" && around?.name !== "TryStatement") continue;
    const [body, statement] = [at, around];
    const others = calls.filter((call) => isWithin(call, statement) && !isWithin(call, body));
    if (others.length === 0) continue;
    const lines = [chosen, ...others].map(({ from }) => lineOf(from));
    return [`which of the configurations in ${linesOf(lines)} is made`];
  }
  return [];
}

const named = (
  call: Node,
  name: string | null,
  until: number,
  doubts: string[],
  notes: string[],
  copy: Copy | null = null,
): TrainedConfig => ({ call, name, until, doubts, notes, copy });

/** What a trainer is given that another call makes: a copy of one of the configurations, or unknown. */
function otherThanCalls(given: Node, calls: readonly Node[], script: Script): TrainedConfig | null {
  const { source, lineOf } = script;
  const name = given.name === "VariableName" ? textOf(given, source) : null;
  const made = name === null ? given : onlyValue(name, script);
  if (made?.name !== "CallExpression") return null;
  const base = copied(made, source);
  const call = base && calls.find((each) => assignedTo(each, source) === textOf(base, source));
  if (base && call) {
    const notes = many(calls, call, script, true);
    return named(call, textOf(base, source), made.from, [], notes, {
      call: made,
      name,
      until: given.from,
    });
  }
  const [first] = calls;
  if (!first) return null;
  const doubt = `what the trainer is given in line ${lineOf(given.from)}`;
  return named(
    first,
    assignedTo(first, source),
    given.from,
    [doubt],
    many(calls, first, script, false),
  );
}

const onlyValue = (name: string, { bindings }: Script): Node | null => {
  const [binding, ...others] = bindings.get(name) ?? [];
  return others.length === 0 && binding?.owner === null ? binding.value : null;
};

/** What a call copies: its first argument, or what it is a method of. */
function copied(call: Node, source: string): Node | null {
  if (!/^(copy|deepcopy|replace)$/.test(calleeOf(call, source))) return null;
  const [first] = argumentsOf(call, source).positional;
  const object = first ?? call.firstChild?.firstChild ?? null;
  return object?.name === "VariableName" ? object : null;
}

function many(
  calls: readonly Node[],
  chosen: Node,
  { lineOf }: Script,
  isGiven: boolean,
): string[] {
  if (calls.length === 1) return [];
  const which = isGiven ? "the one that the trainer is given" : "the first";
  return [
    `The script makes ${calls.length} configurations; ${which}, in line ${lineOf(chosen.from)}, is read.`,
  ];
}

/** What a GRPO trainer is given as its args: a name or a call. */
function givenToTrainer(script: Script): Node | null {
  const { calls, source } = script;
  for (const call of calls) {
    if (!isTrainer(calleeOf(call, source))) continue;
    const { named: given, positional } = argumentsOf(call, source);
    // GRPOTrainer(model, reward_funcs, args).
    const value = given.get("args") ?? given.get("config") ?? positional[2];
    const args = value && taken(value, script);
    if (args?.name === "VariableName" || args?.name === "CallExpression") return args;
  }
  return null;
}

/** The operand that is taken of a conditional expression; any other expression is itself. */
function taken(value: Node, script: Script): Node {
  const inner = value.name === "ParenthesizedExpression" ? (parts(value)[0] ?? value) : value;
  if (inner.name !== "ConditionalExpression") return value;
  const [only, ...others] = script.alternatives(inner);
  return only && others.length === 0 ? taken(only, script) : value;
}

/** The name behind other names of it: `args = gspo`. */
function meantBy(name: string, script: Script): string {
  const { bindings, source } = script;
  const [binding, ...others] = bindings.get(name) ?? [];
  const value = others.length === 0 && binding?.value ? taken(binding.value, script) : null;
  return value?.name === "VariableName" ? textOf(value, source) : name;
}

/** Whether a node is in a function in which another one is not. */
export function isInFunction(node: Node, other: Node): boolean {
  for (let at = node.parent; at; at = at.parent) {
    if (/^(FunctionDefinition|LambdaExpression)$/.test(at.name)) return !isWithin(other, at);
  }
  return false;
}

/** What else the name could stand for when the trainer is given it. */
function doubtsAbout(
  name: string,
  chosen: Node,
  bound: readonly Node[],
  given: Node,
  { bindings, lineOf, blockOf }: Script,
): string[] {
  // A function may be called after whatever stands below it.
  const end = isInFunction(given, chosen) ? Infinity : given.from;
  const others = (bindings.get(name) ?? []).filter(
    ({ at, value }) => at < end && value?.from !== chosen.from,
  );
  const later = others.filter(({ at }) => at > chosen.to);
  const branches = bound.filter(
    (call) => call.from < given.from && !isWithin(given, blockOf(call)),
  );
  return [
    ...later.map(({ at }) => `${name}, which is assigned again in line ${lineOf(at)}`),
    ...(branches.length > 1 || (branches.length === 1 && bound.length > 1)
      ? [`${name}, which is made in lines ${bound.map((call) => lineOf(call.from)).join(" and ")}`]
      : []),
  ];
}
