import { type Node } from "./python-literal.ts";
import type { Script } from "./script.ts";
import { argumentsOf, blockOf, calleeOf, isWithin, textOf } from "./syntax.ts";

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
}

/** The configuration that a trainer is given; the first where no trainer says. */
export function trainedConfig(calls: readonly Node[], script: Script): TrainedConfig {
  const { source, lineOf } = script;
  const [first] = calls;
  if (!first) throw new RangeError("there is no call");
  const given = givenToTrainer(script);
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
  }
  const name = assignedTo(first, source);
  const again =
    name === null
      ? []
      : (script.bindings.get(name) ?? []).filter(
          ({ at, value }) => at > first.to && !calls.some((call) => call.from === value?.from),
        );
  const doubts = again.map(({ at }) => `${name}, which is assigned again in line ${lineOf(at)}`);
  return named(first, name, Infinity, doubts, many(calls, first, script, false));
}

const named = (
  call: Node,
  name: string | null,
  until: number,
  doubts: string[],
  notes: string[],
): TrainedConfig => ({ call, name, until, doubts, notes });

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
function givenToTrainer({ calls, source }: Script): Node | null {
  for (const call of calls) {
    if (!calleeOf(call, source).endsWith("Trainer")) continue;
    const { named: given } = argumentsOf(call, source);
    const args = given.get("args") ?? given.get("config");
    if (args?.name === "VariableName" || args?.name === "CallExpression") return args;
  }
  return null;
}

/** The name behind other names of it: `args = gspo`. */
function meantBy(name: string, { bindings, source }: Script): string {
  const [binding, ...others] = bindings.get(name) ?? [];
  const value = others.length === 0 ? binding?.value : null;
  return value?.name === "VariableName" ? textOf(value, source) : name;
}

/** The name that a call's value is assigned to. */
function assignedTo(call: Node, source: string): string | null {
  const statement = call.parent;
  const target = statement?.name === "AssignStatement" ? statement.firstChild : null;
  return target?.name === "VariableName" ? textOf(target, source) : null;
}

/** What else the name could stand for when the trainer is given it. */
function doubtsAbout(
  name: string,
  chosen: Node,
  bound: readonly Node[],
  given: Node,
  { bindings, lineOf }: Script,
): string[] {
  const others = (bindings.get(name) ?? []).filter(
    ({ at, value }) => at < given.from && value?.from !== chosen.from,
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
