import type { Function as ShellFunction } from "unbash";
import { same } from "./same.ts";
import type { Value } from "./value.ts";

/** What is known at a place of a script: its variables and functions. */
export interface Scope {
  variables: Map<string, Value>;
  functions: Map<string, ShellFunction>;
  /** Files of other scripts that were read in by `source`, each as "x.sh in line 3". */
  sourced: string[];
  /** Whether the script has ended here, by `exit`. */
  ended: boolean;
}

/** @param given Variables that its reader has told of the environment. */
export const newScope = (given: ReadonlyMap<string, Value>): Scope => ({
  variables: new Map(given),
  functions: new Map(),
  sourced: [],
  ended: false,
});

/** A scope whose changes reach no other. */
export const copied = ({ variables, functions, sourced, ended }: Scope): Scope => ({
  variables: new Map(variables),
  functions: new Map(functions),
  sourced: [...sourced],
  ended,
});

/** Puts into a scope what is known after one of several branches was taken, nobody knows which. */
export function merge(scope: Scope, branches: readonly Scope[], why: string): void {
  const open = branches.filter(({ ended }) => !ended);
  const [first] = open;
  if (!first) {
    scope.ended = true;
    return;
  }
  for (const { functions } of open) for (const each of functions) scope.functions.set(...each);
  scope.sourced = [...new Set(open.flatMap(({ sourced }) => sourced))];
  for (const name of new Set(open.flatMap(({ variables }) => [...variables.keys()]))) {
    const values = open.map(({ variables }) => variables.get(name));
    scope.variables.set(name, eitherOf(name, values, why));
  }
}

function eitherOf(name: string, values: readonly (Value | undefined)[], why: string): Value {
  const [first] = values;
  const given = values.filter((value) => value !== undefined);
  if (first && values.every((value) => value !== undefined && same(first, value))) return first;
  const line = given.map(lineOf).find((each) => each > 0) ?? 1;
  if (given.some((value) => "array" in value)) return eitherArray(given, why);
  const unknown = given.flatMap((value) => ("text" in value ? value.text : []));
  const cause = unknown.find(({ problem }) => problem !== undefined);
  if (cause) return { text: [cause] };
  const texts = [
    ...new Set(given.map((value) => ("text" in value ? shown(value.text) : ""))),
  ].slice(0, 4);
  const which = texts.length > 1 ? `is ${texts.join(" or ")}` : `is ${texts[0] ?? ""} or not set`;
  return { text: [{ text: `$${name}`, line, problem: `${which}, ${why}` }] };
}

/** Words that every branch has stay; those that some add are there or not. */
function eitherArray(values: readonly Value[], why: string): Value {
  const arrays = values.map((value) => ("array" in value ? value.array : []));
  const [first = []] = arrays;
  let common = 0;
  const isCommon = (i: number) =>
    i < first.length && arrays.every((words) => words[i]?.text === first[i]?.text);
  while (isCommon(common)) common++;
  const rest = arrays.flatMap((words) => words.slice(common));
  return {
    array: [
      ...first.slice(0, common),
      ...rest.map((word) => ({ ...word, problem: `is there or not, ${why}` })),
    ],
  };
}

const lineOf = (value: Value): number =>
  ("text" in value ? value.text[0]?.line : value.array[0]?.line) ?? 0;

const shown = (segments: readonly { text: string }[]): string => {
  const text = segments.map((each) => each.text).join("");
  return text === "" ? "empty" : text.length > 40 ? `${text.slice(0, 39)}…` : text;
};
