import { pathOf, TRAINER_ARGS, UNKNOWN, type Affect, type Effect } from "./effects.ts";
import { parts, type Node } from "./python-literal.ts";
import type { Binding } from "./script.ts";
import { argumentsOf, calleeOf, isWithin, stringOf } from "./syntax.ts";

interface Given {
  bindings: ReadonlyMap<string, readonly Binding[]>;
  effects: ReadonlyMap<string, readonly Effect[]>;
  source: string;
  affect: Affect;
}

/** Changes that are followed to what else they change; a script of 1,000 lines has a few hundred. */
const MAX_NOTED = 2000;

type Keys = readonly (string | null)[];

/** What another name or a key stands for as well, and where it was given to it. */
interface Link {
  /** The name, and the keys under which it has the thing. */
  name: string;
  under: Keys;
  /** What stands for the same thing. */
  value: Node;
  at: number;
  /** Changes before it are of something else. */
  since: number;
  /** Only what is within it is the same: the rest is copied. */
  copied: boolean;
  /** Whether it stands for nothing else. */
  only: boolean;
}

/**
 * Notes what is changed through another name of the same thing, or through a dict that has it:
 * `t = d["train"]; t["beta"] = 1`, `d = {"train": t}; d["train"]["beta"] = 1`.
 */
export function throughAliases(given: Given): void {
  const { bindings, effects, source, affect } = given;
  const links = linksOf(given);
  let left = MAX_NOTED;
  // Names of names: the last of them first, so that each finds what the next has.
  for (const link of links.toSorted((a, b) => b.at - a.at)) {
    const path = pathOf(link.value, source);
    if (path === null || path.name === link.name) continue;
    const thing = { name: path.name, under: path.keys };
    const theirs = effects.get(path.name) ?? [];
    left -= (effects.get(link.name) ?? []).length + theirs.length;
    if (left < 0) {
      // Too many to follow: anything may happen to both.
      for (const { name } of [link, thing])
        affect(name, { ...UNKNOWN, key: null, path: [], at: link.at }, link.value);
      continue;
    }
    const other = theirs.some((each) => each.at > link.at && replaces(each, path.keys));
    const isSame = !other && (bindings.get(path.name) ?? []).length < 2;
    pass(link, thing, isSame && link.only && !link.copied && link.under.length === 0, link, given);
    // A name is read through what it stands for; a copy is not, and has in common what is within.
    if (link.copied) pass(thing, link, false, link, given);
  }
}

/** A name, and the keys that lead from it to a thing. */
interface End {
  name: string;
  under: Keys;
}

/** Notes changes of what one end of a link leads to as changes of what the other leads to. */
function pass(from: End, to: End, followed: boolean, { copied, since }: Link, given: Given): void {
  const { effects, affect } = given;
  const unknown = to.under.indexOf(null);
  const known = to.under
    .slice(0, unknown < 0 ? to.under.length : unknown)
    .filter((k) => k !== null);
  for (const effect of [...(effects.get(from.name) ?? [])]) {
    const { block, ...change } = effect;
    const path = effect.path.slice(from.under.length);
    const outside = effect.path.length < from.under.length;
    const any = effect.kind === "unknown" && effect.key === null;
    if (effect.at < since || !isPrefix(from.under.slice(0, effect.path.length), effect.path))
      continue;
    if (outside ? !any : copied && path.length === 0) continue;
    const noted = followed ? change : { ...change, ...UNKNOWN };
    // Noted in the block of the change, whose first child is as good as the change itself.
    const place = block.firstChild ?? block;
    const whole =
      unknown < 0
        ? { ...noted, path: [...known, ...path] }
        : { ...noted, ...UNKNOWN, path: known, key: null };
    affect(to.name, whole, place);
    const [first, key = whole.key] = whole.path;
    if (first === "args") affect(TRAINER_ARGS, { ...whole, ...UNKNOWN, key, path: [] }, place);
  }
}

const isPrefix = (keys: Keys, of: Keys): boolean =>
  keys.every((key, i) => key === null || of[i] === key);

/** What a loop changes of what it goes through: `for part in cfg.values(): part["beta"] = 1`. */
export function throughLoop(
  loop: Node,
  source: string,
  effects: ReadonlyMap<string, readonly Effect[]>,
  affect: Affect,
): void {
  const found = parts(loop);
  const at = found.findIndex(({ name }) => name === "in");
  const through = found[at + 1];
  const changes = found
    .slice(0, Math.max(at, 0))
    .flatMap((target) => effects.get(source.slice(target.from, target.to)) ?? [])
    .filter(({ block }) => isWithin(block, loop));
  const [first] = changes;
  if (!through || !first) return;
  through.cursor().iterate(({ name, from, to }) => {
    if (name !== "VariableName") return;
    const change = { ...UNKNOWN, key: null, path: [], at: first.at };
    affect(source.slice(from, to), change, first.block.firstChild ?? first.block);
  });
}

/** Whether a change may put something else in the place that keys lead to. */
export function replaces({ path, key }: Effect, keys: Keys): boolean {
  const whole = key === null ? path : [...path, key];
  return (
    (key === null ? whole.length < keys.length : whole.length <= keys.length) &&
    isPrefix(whole, keys)
  );
}

function linksOf({ bindings, effects, source }: Given): Link[] {
  const bound = [...bindings].flatMap(([name, all]) =>
    all.flatMap(({ value, at, shares = [] }) => [
      ...things(value, [], source).map((thing) => ({
        ...thing,
        name,
        at,
        since: -1,
        only: all.length === 1 && value === thing.value,
      })),
      // Part of it, perhaps: whatever key leads there.
      ...shares
        .flatMap((each) => things(each, [], source))
        .map((thing) => ({ ...thing, under: [], name, at, since: -1, only: false })),
    ]),
  );
  const put = [...effects].flatMap(([name, all]) =>
    all.flatMap(({ value, path, key, at }) =>
      things(value, [...path, key], source).map((thing) => ({
        ...thing,
        name,
        at,
        since: at,
        only: false,
      })),
    ),
  );
  return [...bound, ...put];
}

const things = (value: Node | null, under: Keys, source: string): Thing[] =>
  value === null ? [] : thingsOf(value, under, source);

type Thing = Pick<Link, "under" | "value" | "copied">;

/** The names and entries that a value is, has under its keys, or copies. */
function thingsOf(value: Node, under: Keys, source: string): Thing[] {
  switch (value.name) {
    case "VariableName":
    case "MemberExpression":
      return [{ under, value, copied: false }];
    case "ParenthesizedExpression":
    case "ConditionalExpression":
    case "NamedExpression":
      return parts(value).flatMap((each) => thingsOf(each, under, source));
    case "BinaryExpression": {
      const isOne = value.getChild("or") !== null || value.getChild("and") !== null;
      return parts(value).flatMap((each) =>
        thingsOf(each, under, source).map((thing) => ({
          ...thing,
          copied: thing.copied || !isOne,
        })),
      );
    }
    case "TupleExpression":
    case "ArrayExpression":
      return parts(value).flatMap((each) => thingsOf(each, [...under, null], source));
    case "DictionaryExpression":
      return inDict(value, under, source);
    case "CallExpression":
      return inCall(value, under, source);
  }
  return [];
}

function inDict(dict: Node, under: Keys, source: string): Thing[] {
  const found = parts(dict);
  return found.flatMap((value, i) => {
    if (i % 2 === 0) return [];
    const key = found[i - 1];
    return key?.name === "**"
      ? copies(value, under, source)
      : thingsOf(value, [...under, stringOf(key, source)], source);
  });
}

const copies = (value: Node, under: Keys, source: string): Thing[] =>
  thingsOf(value, under, source).map((thing) => ({ ...thing, copied: true }));

function inCall(call: Node, under: Keys, source: string): Thing[] {
  const called = calleeOf(call, source);
  const { positional, named, spread } = argumentsOf(call, source);
  if (called === "copy" && positional.length === 0) {
    const object = call.firstChild?.firstChild;
    return object ? copies(object, under, source) : [];
  }
  if (!/^(dict|OrderedDict|EasyDict|AttrDict|copy|replace|\w*GRPOConfig)$/.test(called)) {
    if (pathOf(call, source) !== null) return [{ under, value: call, copied: false }];
    if (/^[A-Z]|^(deepcopy|asdict|len|int|float|str|bool|sorted|from_\w+)$/.test(called)) return [];
    // What a function is given may be what it gives.
    return [...positional, ...named.values()].flatMap((each) =>
      each.name === "VariableName" ? [{ under, value: each, copied: false }] : [],
    );
  }
  return [
    ...[...positional, ...spread].flatMap((each) => copies(each, under, source)),
    ...[...named].flatMap(([name, value]) => thingsOf(value, [...under, name], source)),
  ];
}
