import type { Stretch } from "./apply-effects.ts";
import { pathOf, UNKNOWN, type Effect } from "./effects.ts";
import { isTrainer } from "./other-classes.ts";
import { parts, type Node } from "./python-literal.ts";
import type { Script } from "./script.ts";
import { argumentsOf, calleeOf, isWithin, textOf } from "./syntax.ts";
import { targetsOf } from "./targets.ts";
import { HARMLESS } from "./through-functions.ts";

/**
 * What changes a configuration by its name: before it is given to the trainer, and after, where a
 * change counts for what the trainer looks up later.
 */
export function changesOf(
  name: string,
  made: Node,
  until: number,
  script: Script,
): { before: Effect[]; after: Effect[] } {
  const settings = (script.effects.get(name) ?? []).filter(
    ({ key }) => key === null || !key.startsWith("_"),
  );
  const returns = returnsOf(name, made, script);
  const trains = script.calls.find(
    (call) => call.from > until && calleeOf(call, script.source) === "train",
  );
  const end = trains?.from ?? Infinity;
  return {
    before: settings.map((effect) =>
      returns.some((at) => at < effect.at) ? perhaps(effect) : effect,
    ),
    after: settings.filter(({ at }) => at > until && at < end).map(perhaps),
  };
}

const perhaps = (effect: Effect): Effect => ({ ...effect, kind: "unknown" });

/** Where the function that makes a configuration gives it back: what follows happens perhaps. */
function returnsOf(name: string, made: Node, { source }: Script): number[] {
  const found: number[] = [];
  functionOf(made)
    ?.cursor()
    .iterate(({ name: kind, from, to }) => {
      const isIt = new RegExp(`\\b${name}\\b`).test(source.slice(from, to));
      if (kind === "ReturnStatement" && from > made.to && isIt) found.push(from);
    });
  return found;
}

function functionOf(node: Node): Node | null {
  for (let at = node.parent; at; at = at.parent) if (at.name === "FunctionDefinition") return at;
  return null;
}

/** Changes of a configuration by what else leads to it: `self.config.beta = 1`, `args = make()`. */
export function changesElsewhere(
  call: Node,
  name: string | null,
  until: number,
  script: Script,
): { effects: readonly Effect[]; stretch: Stretch }[] {
  const { effects, source, blockOf } = script;
  const within = holdersOf(call, source)
    .filter((held) => held.name !== name)
    .flatMap((held) => (effects.get(held.name) ?? []).flatMap((each) => inHolder(each, held)));
  const everywhere = { after: call.from, until: Infinity, block: blockOf(call) };
  return [
    { effects: within, stretch: everywhere },
    ...namesOfMade(call, script).flatMap(({ of, at, block, isOnly }) => {
      const own = effects.get(of) ?? [];
      if (!isOnly) return [{ effects: own.map(perhaps), stretch: everywhere }];
      const after = own.filter((each) => each.at > until).map(perhaps);
      return [
        { effects: own, stretch: { after: at, until, block } },
        { effects: after, stretch: { after: until, until: Infinity, block } },
      ];
    }),
  ];
}

interface Holder {
  name: string;
  /** Null: somewhere within it. */
  keys: (string | null)[] | null;
}

/** What a configuration is put into when it is made: names, attributes, dicts, default arguments. */
function holdersOf(call: Node, source: string): Holder[] {
  for (let at = call; at.parent; at = at.parent) {
    if (at.name === "Body") return [];
    const isWhole = at === call;
    if (at.parent.name === "ParamList" || at.parent.name === "NamedExpression") {
      const name = at.prevSibling?.prevSibling;
      return name ? [{ name: textOf(name, source), keys: isWhole ? [] : null }] : [];
    }
    if (at.parent.name !== "AssignStatement") continue;
    const targets = parts(at.parent)
      .filter((each) => each.to <= call.from)
      .flatMap(targetsOf);
    return targets.flatMap((target) => {
      const path = pathOf(target, source);
      return path ? [{ name: path.name, keys: isWhole ? path.keys : null }] : [];
    });
  }
  return [];
}

function inHolder(effect: Effect, { keys }: Holder): Effect[] {
  const { path, key } = effect;
  const depth = keys === null ? path.length : keys.length;
  const leads = keys?.every((each, i) => each === null || each === path[i]) ?? true;
  if (!leads || path.length < depth) return [];
  return [{ ...effect, ...UNKNOWN, path: [], key: path[depth] ?? key }];
}

interface NameOf {
  of: string;
  at: number;
  block: Node;
  /** Whether it never stands for anything else. */
  isOnly: boolean;
}

/** The names of what the function gives in which a configuration is made. */
function namesOfMade(call: Node, { bindings, functions, source }: Script): NameOf[] {
  const makers = [...functions].flatMap(([name, all]) =>
    all.some((each) => isWithin(call, each)) ? [name] : [],
  );
  if (makers.length === 0) return [];
  return [...bindings].flatMap(([of, all]) =>
    all.flatMap(({ value, at, block, shares = [] }) => {
      const makes = (each: Node | null) =>
        each?.name === "CallExpression" && makers.includes(calleeOf(each, source));
      if (makes(value)) return [{ of, at, block, isOnly: all.length === 1 }];
      return shares.some(makes) ? [{ of, at, block, isOnly: false }] : [];
    }),
  );
}

/** Whether a trainer is given other args after it was made. */
export const argsSetAgain = ({ bindings, effects, source, lineOf }: Script): string[] =>
  [...bindings].flatMap(([name, all]) =>
    all.some(({ value }) => value?.name === "CallExpression" && isTrainer(calleeOf(value, source)))
      ? (effects.get(name) ?? [])
          .filter(({ key, path }) => key === "args" && path.length === 0)
          .map(({ at }) => `${name}.args, which is set again in line ${lineOf(at)}`)
      : [],
  );

/** What the text does not have and may change a configuration: it is read as if that did not. */
export function unseenCalls(
  names: readonly (string | null)[],
  made: Node,
  until: number,
  { calls, functions, source, lineOf }: Script,
): string[] {
  return calls.flatMap((call) => {
    const called = calleeOf(call, source);
    if (call.from < made.to || call.from > until || functions.has(called)) return [];
    if (called === "" || HARMLESS.test(called)) return [];
    const { positional, named } = argumentsOf(call, source);
    const given = [...positional, ...named.values()].find(
      (each) => each.name === "VariableName" && names.includes(textOf(each, source)),
    );
    return given
      ? [
          `Line ${lineOf(call.from)}: ${called}() is given ${textOf(given, source)} and is not in this text; it is read as if ${called}() changed nothing.`,
        ]
      : [];
  });
}
