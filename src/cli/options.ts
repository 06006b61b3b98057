import { parseArgs } from "node:util";
import { number } from "../config/parse-field.ts";
import { runFrom } from "../config/run-from.ts";
import type { RunConfig } from "../config/types.ts";
import { families, type Family } from "../engine/gpu/family.ts";
import { UserError } from "../base/user-error.ts";

/** The options that decide a run: `--preset NAME --seed S --set field=value --arms a,b`. */
export const runOptions = {
  preset: { type: "string" },
  seed: { type: "string" },
  set: { type: "string", multiple: true },
  arms: { type: "string" },
} as const;

export interface RunFlags {
  preset?: string | undefined;
  seed?: string | undefined;
  set?: string[] | undefined;
  arms?: string | undefined;
}

/** Node's own parser, with its complaint as a sentence and the usage as the remedy. */
export const parseOptions = <const T extends Options>(
  args: readonly string[],
  options: T,
  usage: string,
) => parsed(args, options, usage, false).values;

/** The same where files are named beside the options. */
export function parseFiles<const T extends Options>(
  args: readonly string[],
  options: T,
  usage: string,
) {
  const { values, positionals } = parsed(args, options, usage, true);
  return { ...values, files: positionals };
}

type Options = NonNullable<Parameters<typeof parseArgs>[0]>["options"];

function parsed<const T extends Options>(
  args: readonly string[],
  options: T,
  usage: string,
  allowPositionals: boolean,
) {
  try {
    return parseArgs({ args: withNegatives(args), options, allowPositionals });
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    throw new UserError(`${says.split(". ")[0]}.`, usage);
  }
}

/** `--rate -1` as `--rate=-1`: Node's parser would take the value for a flag. */
const withNegatives = (args: readonly string[]): string[] =>
  args.reduce<string[]>((all, arg) => {
    const before = all.at(-1);
    const joins = /^-(\d|\.\d|inf)/i.test(arg) && before !== undefined && /^--[^=]+$/.test(before);
    return joins ? [...all.slice(0, -1), `${before}=${arg}`] : [...all, arg];
  }, []);

/** The run that the flags ask for; throws a UserError for what cannot be taken. */
export function runOf({ preset, seed, set = [], arms }: RunFlags): RunConfig {
  const pairs = set.map((pair): [string, string] => {
    const equals = pair.indexOf("=");
    if (equals < 1) {
      throw new UserError(`--set ${pair} has no value.`, "Write it as --set field=value.");
    }
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  });
  return runFrom(preset, {
    set: { ...(seed === undefined ? {} : { seed }), ...Object.fromEntries(pairs) },
    ...(arms === undefined ? {} : { arms: arms.split(",") }),
  });
}

/** A family by its name, undefined where none is named, or a UserError that says which there are. */
export function familyNamed(name: string | undefined, usage: string): Family | undefined {
  const found = families.find((family) => family === name);
  if (name === undefined || found) return found;
  throw new UserError(`--family is ${name}; there are ${families.join(", ")}.`, usage);
}

/** A whole number of at least `least`, or a UserError that names the flag. */
export function wholeNumber(flag: string, text: string, least: number): number {
  const value = number(text);
  if (value === undefined || !Number.isSafeInteger(value) || value < least) {
    throw new UserError(
      `--${flag} is ${given(text)}; it must be a whole number of at least ${least}.`,
      `Give one, for example --${flag} ${Math.max(least, 10)}.`,
    );
  }
  return value;
}

/** A number from `least` to `most`, or a UserError that names the flag. */
export function numberWithin(
  flag: string,
  text: string,
  { least, most, example }: Record<"least" | "most" | "example", number>,
): number {
  const value = number(text);
  if (value === undefined || value < least || value > most) {
    throw new UserError(
      `--${flag} is ${given(text)}; it must be a number from ${least} to ${most}.`,
      `Give one, for example --${flag} ${example}.`,
    );
  }
  return value;
}

const given = (text: string): string => (text.trim() === "" ? "empty" : text.slice(0, 40));
