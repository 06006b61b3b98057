import { pathOf, UNKNOWN, type Affect, type Effect } from "./effects.ts";
import { parts, type Node } from "./python-literal.ts";
import { isTrainer } from "./other-classes.ts";
import { argumentsOf, calleeOf, isWithin, textOf } from "./syntax.ts";

interface Given {
  calls: readonly Node[];
  source: string;
  /** Functions of the script and lambdas with a name, by name. */
  functions: ReadonlyMap<string, readonly Node[]>;
  /** Those of them that stand elsewhere than where they are called. */
  handed: ReadonlySet<string>;
  effects: ReadonlyMap<string, readonly Effect[]>;
  affect: Affect;
}

/** Functions that call each other are followed so far. */
const MAX_ROUNDS = 6;
/** Changes that are noted through calls. */
const MAX_NOTED = 1000;

/** Functions that are given something and change nothing of it. */
export const HARMLESS =
  /^[A-Z]|^(print|pprint|len|str|repr|type|id|isinstance|hasattr|getattr|setattr|delattr|vars|dict|list|sorted|copy|deepcopy|replace|asdict|dumps?|save\w*|log\w*|info|debug|warning|error|init|main|train\w*|run\w*|set_seed)$/;

/** Functions by whose names one expects them to change what they are given. */
const CHANGES = /^(update|override|patch|apply|merge|set|modify|adjust|mutate|configure|tweak)/i;

/** What a function does to its argument happens to the name that it is given. */
export function throughFunctions(given: Given): void {
  const noted = new Set<string>();
  const once: Affect = (name, effect, node) => {
    const key = [name, effect.key, ...effect.path, effect.at].join(" ");
    if (noted.has(key) || noted.size > MAX_NOTED) return;
    noted.add(key);
    given.affect(name, effect, node);
  };
  // What is called below may call what is defined further below.
  for (let round = 0, before = -1; round < MAX_ROUNDS && before < noted.size; round++) {
    before = noted.size;
    for (const call of given.calls) throughCall(call, { ...given, affect: once });
  }
}

function throughCall(call: Node, given: Given): void {
  const { source, affect } = given;
  const { called, definitions, isMethod } = calledBy(call, given);
  if (called === "setattr" || called === "delattr") return;
  const { positional, named } = argumentsOf(call, source);
  const values = [
    ...positional.map((node, at) => ({ node, at })),
    ...[...named].map(([name, node]) => ({ node, at: name })),
  ];
  const change = { ...UNKNOWN, at: call.from };
  const asks = call.parent?.name === "ExpressionStatement" && CHANGES.test(called);
  for (const { node, at } of values) {
    const path = isPlain(node) ? pathOf(node, source) : null;
    if (path === null) continue;
    const keys = path.keys.filter((key) => key !== null);
    for (const definition of definitions) {
      for (const effect of effectsOn(at, definition, isMethod, given)) {
        affect(path.name, { ...change, key: effect.key, path: [...keys, ...effect.path] }, call);
      }
    }
    if (asks && definitions.length === 0) {
      affect(path.name, { ...change, key: null, path: keys }, call);
    }
  }
  throughRest(
    call,
    definitions,
    values.map(({ node }) => node),
    given,
  );
}

const isPlain = (node: Node): boolean => /^(VariableName|MemberExpression)$/.test(node.name);

/** What is given in a list or by stars, or to a function that was handed on: whichever argument it is. */
function throughRest(
  call: Node,
  definitions: readonly Node[],
  values: readonly Node[],
  given: Given,
): void {
  const { source, functions, handed, affect } = given;
  const list = call.getChild("ArgList");
  const last = calleeOf(call, source);
  const unknown = definitions.length === 0 && !HARMLESS.test(last);
  // `map(tune, [args])`: what is given a function may give it the rest.
  const inside = values.flatMap((node) => functions.get(textOf(node, source)) ?? []);
  const others = unknown ? [...handed].flatMap((name) => functions.get(name) ?? []) : [];
  const does = [...definitions, ...inside, ...others].flatMap((definition) =>
    parameterNames(definition, source).flatMap((_, i) => effectsOn(i, definition, false, given)),
  );
  if (!list || does.length === 0) return;
  const isStarred = list.getChild("*") !== null || list.getChild("**") !== null;
  const isLoose = isStarred || inside.length > 0 || others.length > 0;
  for (const node of isLoose ? [list] : values.filter((each) => !isPlain(each))) {
    node.cursor().iterate(({ name, from, to }) => {
      if (name !== "VariableName") return;
      for (const { key } of does)
        affect(source.slice(from, to), { ...UNKNOWN, key, path: [], at: call.from }, call);
    });
  }
}

/** What a call calls of the script: a function, a class, a method of any class, or a lambda where it stands. */
function calledBy(
  call: Node,
  { source, functions }: Given,
): { called: string; definitions: readonly Node[]; isMethod: boolean } {
  const callee = call.firstChild;
  const isMethod = callee?.name === "MemberExpression";
  const last = isMethod ? callee.lastChild : callee;
  if (last?.name === "ParenthesizedExpression") {
    const [lambda] = parts(last);
    const definitions = lambda?.name === "LambdaExpression" ? [lambda] : [];
    return { called: "", definitions, isMethod };
  }
  if (last?.name === "CallExpression")
    return { called: "", definitions: functions.get("__call__") ?? [], isMethod: true };
  const called =
    last && /^(VariableName|PropertyName)$/.test(last.name) ? textOf(last, source) : "";
  const own = functions.get(called) ?? [];
  // Whose method it is, is not known: only those of the script are looked at.
  if (isMethod) return { called: "", definitions: own, isMethod };
  const makes = own.length === 0 && /^_*[A-Z]/.test(called) && !isTrainer(called);
  return makes
    ? { called, definitions: functions.get("__init__") ?? [], isMethod: true }
    : { called, definitions: own, isMethod };
}

/** What a definition does to one of its arguments; a method has one before those that it is given. */
function effectsOn(
  at: string | number,
  definition: Node,
  isMethod: boolean,
  { source, effects }: Given,
): Effect[] {
  const names = parameterNames(definition, source);
  const list = definition.getChild("ParamList");
  const starred = list ? parts(list) : [];
  const rest = starred
    .filter((_, i) => /^\*\*?$/.test(starred[i - 1]?.name ?? ""))
    .map((node) => textOf(node, source));
  const own = typeof at === "string" ? [at] : isMethod ? [names[at], names[at + 1]] : [names[at]];
  // What an object keeps of what it is made with, its other methods may change.
  const scope = isMethod ? (definition.parent ?? definition) : definition;
  const on = (name: string | undefined) =>
    (effects.get(name ?? "") ?? []).filter(({ block }) => isWithin(block, scope));
  return [
    ...own.flatMap(on),
    ...rest.flatMap(on).map((effect) => ({ ...effect, key: effect.key, path: [] })),
  ];
}

/** A function's arguments by name, without their defaults. */
export function parameterNames(definition: Node, source: string): string[] {
  const list = definition.getChild("ParamList");
  const found = list ? parts(list).filter(({ name }) => name !== "TypeDef") : [];
  return found
    .filter(({ name }, i) => name === "VariableName" && found[i - 1]?.name !== "AssignOp")
    .map((node) => textOf(node, source));
}
