import { argumentDefault, isParsed, PARSES } from "./argparse.ts";
import { classAbove, classDefaults, classOfCall, instanceOf } from "./class-entries.ts";
import { enumMember } from "./enum-members.ts";
import { ask, told } from "../shell/environment.ts";
import { applyEffects } from "./apply-effects.ts";
import type { Context } from "./context.ts";
import type { Effect } from "./effects.ts";
import { eitherLiteral, isDepending } from "./either.ts";
import { isPlainMap, literalOf, type Entries } from "./entries.ts";
import { readKeywords, readMapping } from "./mapping.ts";
import { functionName, reaching } from "./reaching.ts";
import { parts, readLiteral, type Follow, type Node } from "./python-literal.ts";
import type { Binding, Script } from "./script.ts";
import { argumentsOf, calleeOf, stringOf, textOf } from "./syntax.ts";
import { excerpt, type Literal } from "./written.ts";

const UNKNOWN = "whose value is not known without running the script";
const problem = (why: string): Literal => ({ problem: why });

/** Names and dicts within each other that are followed. */
const MAX_DEPTH = 40;
const MAX_DICTS = 12;
const MAX_LOOKUPS = 1000;

/** Follows names, attributes and calls of a script as far as that goes without running it. */
export function followerOf(script: Script): Context {
  const { source } = script;
  const known = new Map<number, Literal | null>();
  let depth = 0;
  let dicts = 0;
  const readBinding = ({ at, value, owner }: Binding): Literal | null => {
    const before = known.get(at);
    if (before !== undefined) return before;
    // A name within its own value finds this.
    known.set(at, null);
    const literal = value && depth < MAX_DEPTH ? readLiteral(value, follow) : null;
    const from =
      owner === null || !literal || "problem" in literal
        ? {}
        : { from: `the default of an argument of ${functionName(owner, source)}()` };
    const read = literal && (isDepending(literal) || "value" in literal) ? literal : null;
    const found = read && { ...read, ...from };
    known.set(at, found);
    return found;
  };
  const follow: Follow = {
    source,
    name: (node) => {
      const effects = script.effects.get(textOf(node, source)) ?? [];
      if (effects.length > 0) return ofChanged(node, effects, context);
      const found = reaching(node, script);
      if (found === null) return null;
      depth++;
      const read = found.bindings.map(readBinding);
      depth--;
      return eitherLiteral(
        read,
        found.on.map(({ from }) => script.lineOf(from)),
      );
    },
    member: (node, inner) => enumMember(textOf(node, source)) ?? attribute(node, inner, context),
    call: (node, inner) => call(node, inner, script),
    conditional: (node, inner) => {
      const read = script.alternatives(node).map((each) => (each ? inner(each) : null));
      return eitherLiteral(read, [script.lineOf(parts(node)[1]?.from ?? node.from)]);
    },
  };
  const context: Context = {
    script,
    follow,
    budget: { left: MAX_LOOKUPS },
    mapping: (node) => {
      if (dicts >= MAX_DICTS) return null;
      dicts++;
      const entries = readMapping(node, context);
      dicts--;
      return entries;
    },
    keywords: (node) => {
      if (dicts >= MAX_DICTS) {
        const line = script.lineOf(node.from);
        return { written: new Map(), open: [`the dicts in each other in line ${line}`] };
      }
      dicts++;
      const entries = readKeywords(node, context);
      dicts--;
      return entries;
    },
  };
  return context;
}

/** A dict of a name that the script changes before this place and not after it. */
function ofChanged(node: Node, effects: readonly Effect[], { mapping }: Context): Literal | null {
  if (effects.some(({ at }) => at > node.from)) return null;
  const entries = mapping(node);
  const read = entries && literalOf(entries);
  return read && "value" in read ? read : null;
}

/** `config.beta`, `Config.beta`, `args.beta` of argparse, `settings["beta"]`. */
function attribute(node: Node, inner: (node: Node) => Literal, context: Context): Literal | null {
  const { script } = context;
  const { source } = script;
  const object = node.firstChild;
  const last = node.lastChild;
  if (!object || !last) return null;
  const text = excerpt(textOf(node, source), 40);
  if (/^os\.environ$|^environ$/.test(textOf(object, source))) {
    const plain = last.name === "]" ? stringOf(parts(node)[1], source) : null;
    return variable(plain, node, null, script) ?? ofEnvironment(plain ?? text);
  }
  const key =
    last.name === "PropertyName" ? textOf(last, source) : stringOf(parts(node)[1], source);
  if (key === null) return null;
  if (last.name === "PropertyName" && key === "value") {
    const member = object.name === "MemberExpression" ? inner(object) : null;
    if (member && "value" in member) return member;
  }
  if (last.name === "]") return item(object, key, inner, context);
  const named = script.bindings.get(textOf(object, source)) ?? [];
  const isAnother = named.some(({ value, block }) => value !== null || block.name !== "Script");
  const own = isAnother ? undefined : classAbove(textOf(object, source), object, script);
  if (own) return changed(object, key, classDefault(own, key, context), 0, context);
  const made = instanceOf(object, script);
  if (!made) return null;
  return changed(object, key, ofInstance(made, key, context), made.to, context);
}

/** An entry of a dict. */
function item(
  object: Node,
  key: string,
  inner: (node: Node) => Literal,
  context: Context,
): Literal | null {
  const entries = readMapping(object, context);
  if (entries) {
    const written = entries.written.get(key);
    return written && entries.open.length === 0 ? written.literal : null;
  }
  if (object.name !== "MemberExpression") return null;
  const outer = inner(object);
  if ("problem" in outer || !isPlainMap(outer.value)) return null;
  const value = Object.hasOwn(outer.value, key) ? outer.value[key] : undefined;
  return value === undefined ? null : { value };
}

/** The attribute of what a call made, as it was made. */
function ofInstance(made: Node, key: string, context: Context): Literal | null {
  const { script, follow } = context;
  const { source } = script;
  const called = calleeOf(made, source);
  const given = argumentsOf(made, source);
  if (isParsed(made, source)) return argumentDefault(key, context);
  if (PARSES.test(called)) return null;
  const definition = classOfCall(made, script);
  if (given.positional.length > 0 || given.spread.length > 0) return null;
  const named = given.named.get(key);
  if (definition)
    return named ? readLiteral(named, follow) : classDefault(definition, key, context);
  if (/^(Simple)?Namespace$|Dict$/.test(called)) return named ? readLiteral(named, follow) : null;
  return null;
}

function classDefault(definition: Node, key: string, { script, follow }: Context): Literal | null {
  const found = classDefaults(definition, script).find(({ name }) => name === key);
  if (!found?.value) return null;
  const read = readLiteral(found.value, follow);
  const name = definition.getChild("VariableName");
  return "problem" in read || !name
    ? read
    : { ...read, from: `the default of ${textOf(name, script.source)}.${key}` };
}

/** A value with what the script changes of it before this place. */
function changed(
  object: Node,
  key: string,
  read: Literal | null,
  after: number,
  context: Context,
): Literal | null {
  const { script } = context;
  const name = textOf(object, script.source);
  const effects = script.effects.get(name) ?? [];
  if (effects.length === 0) return read;
  const [binding] = script.bindings.get(name) ?? [];
  if (!binding) return null;
  const line = script.lineOf(object.from);
  const entries: Entries = { written: new Map(), open: [] };
  if (read) entries.written.set(key, { name: key, line, text: "", literal: read });
  const stretch = { after, until: object.from, block: binding.block, reader: object };
  applyEffects(entries, effects, stretch, context);
  return entries.open.length > 0 ? null : (entries.written.get(key)?.literal ?? null);
}

/** Conversions and environment variables with a default; other calls are not made. */
function call(node: Node, inner: (node: Node) => Literal, script: Script): Literal | null {
  const { source } = script;
  const callee = node.firstChild;
  const name = callee ? textOf(callee, source) : "";
  const { positional, named } = argumentsOf(node, source);
  if (/^(os\.)?(environ\.get|getenv)$/.test(name)) {
    const [wanted, fallback = named.get("default")] = positional;
    const plain = stringOf(wanted, source);
    const called = plain ?? excerpt(textOf(wanted ?? node, source), 40);
    const known = variable(plain, node, fallback ?? null, script);
    if (known) return known;
    if (!fallback || plain === null || isSet(plain, source)) return ofEnvironment(called);
    const read = inner(fallback);
    return "problem" in read
      ? read
      : {
          ...read,
          from: `what stands in the text in case the environment variable ${called} is not set`,
        };
  }
  const [only, ...others] = positional;
  if (!only || others.length > 0 || named.size > 0 || script.bindings.has(name)) return null;
  const read = convertible(name) ? inner(only) : null;
  if (!read || "problem" in read) return read;
  const { float, ...known } = read;
  const value = float && name === "str" ? undefined : converted(name, read.value);
  if (value === undefined) return null;
  return { ...known, value, ...(name === "float" && { float: true as const }) };
}

const ofEnvironment = (called: string): Literal =>
  problem(`is the environment variable ${called}, ${UNKNOWN}`);

/** What was told of a variable that the script itself does not set; null: nothing was, and it is asked for. */
function variable(
  name: string | null,
  node: Node,
  fallback: Node | null,
  { source, environment, lineOf }: Script,
): Literal | null {
  if (name === null || isSet(name, source)) return null;
  ask(environment, { name, line: lineOf(node.from), default: fallback !== null, isLookedUp: true });
  const value = told(environment, name);
  return value === undefined ? null : { value, from: `what was told of ${name}` };
}

/** Whether a script puts a variable into its own environment, or may. */
const isSet = (name: string, source: string): boolean =>
  SETS_ENVIRONMENT.test(source) ||
  [...source.matchAll(/environ\[["'](\w+)["']\]\s*=(?!=)/g)].some(([, set]) => set === name);

const SETS_ENVIRONMENT =
  /environ\.(update|setdefault|pop|clear)\b|\bputenv\b|load_dotenv|environ\[[^"']/;

const convertible = (name: string): boolean => /^(int|float|str|bool)$/.test(name);

/** As Python converts; undefined where it raises. */
function converted(name: string, value: unknown): number | string | boolean | undefined {
  if (typeof value !== "number" && typeof value !== "string" && typeof value !== "boolean") {
    return undefined;
  }
  const text = String(value)
    .trim()
    .replaceAll(/(?<=\d)_(?=\d)/g, "");
  switch (name) {
    case "int":
      if (typeof value !== "string") return Math.trunc(Number(value));
      return /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
    case "float":
      return typeof value !== "string" || /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)
        ? Number(typeof value === "string" ? text : value)
        : undefined;
    case "bool":
      return Boolean(value);
  }
  return typeof value === "string" || Number.isSafeInteger(value) ? String(value) : undefined;
}
