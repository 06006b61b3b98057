import type { Context } from "./context.ts";
import { readLiteral, type Node } from "./python-literal.ts";
import { argumentsOf, calleeOf, stringOf, textOf } from "./syntax.ts";
import { excerpt, type Literal } from "./written.ts";

const problem = (why: string): Literal => ({ problem: why });

export const PARSES = /^parse_(known_)?args$/;

/** Whether a call gives what its command line says, and not a list of words in the script. */
export function isParsed(call: Node, source: string): boolean {
  const { positional, named } = argumentsOf(call, source);
  return PARSES.test(calleeOf(call, source)) && positional.length === 0 && named.size === 0;
}

/** The names of all arguments that the script adds; null where one of them is not known. */
export function argumentNames({ script: { source, calls } }: Context): string[] | null {
  const names = calls
    .filter((each) => calleeOf(each, source) === "add_argument")
    .map((each) => destinationOf(each, source));
  return names.every((name) => name !== null) ? names : null;
}

/** What `parse_args()` gives for an argument where the command line says nothing of it. */
export function argumentDefault(name: string, { script, follow }: Context): Literal | null {
  const { source, calls } = script;
  if (calls.some((each) => calleeOf(each, source) === "set_defaults")) return null;
  const [added, ...others] = calls.filter(
    (each) => calleeOf(each, source) === "add_argument" && destinationOf(each, source) === name,
  );
  if (!added || others.length > 0) return null;
  const { named } = argumentsOf(added, source);
  const flag = `the argument --${name}`;
  const required = named.get("required");
  if (required && textOf(required, source) !== "False") {
    return problem(`is ${flag}, which must be given on the command line`);
  }
  const from = `the default of --${name}`;
  const action = named.get("action");
  const given = named.get("default");
  if (!given) {
    const stored = action ? stringOf(action, source) : null;
    if (stored === "store_true") return { value: false, from };
    if (stored === "store_false") return { value: true, from };
    return problem(`is ${flag}, which has no default`);
  }
  const read = readLiteral(given, follow);
  if ("problem" in read) return read;
  const type = named.get("type");
  if (typeof read.value === "string" && type && !/^(str|int|float)$/.test(textOf(type, source))) {
    return problem(`is ${flag}, whose default goes through ${excerpt(textOf(type, source), 30)}`);
  }
  const converts = type ? textOf(type, source) : "";
  const isFloat = read.float === true || (typeof read.value === "string" && converts === "float");
  return { value: typed(read.value, converts), from, ...(isFloat && { float: true as const }) };
}

/** argparse converts a default that is a text, and only such a one. */
function typed<T>(value: T, type: string): T | number {
  const converts = typeof value === "string" && (type === "int" || type === "float");
  return converts && Number.isFinite(Number(value)) ? Number(value) : value;
}

/** The name under which an argument is found: `dest`, or its first long flag. */
function destinationOf(call: Node, source: string): string | null {
  const { positional, named } = argumentsOf(call, source);
  const dest = named.get("dest");
  if (dest) return stringOf(dest, source);
  const flags = positional.map((each) => textOf(each, source).replaceAll(/^["']|["']$/g, ""));
  const long = flags.find((flag) => flag.startsWith("--")) ?? flags[0];
  return long?.replace(/^-+/, "").replaceAll("-", "_") ?? null;
}
