import { excerpt, type Literal, type PlainValue, type Written } from "../python/written.ts";
import type { FoundMap } from "../reading/maps.ts";
import type { Framework } from "./types.ts";

/** One setting of a text under its whole name: "actor_rollout_ref.rollout.n". */
export interface Stated extends Written {
  key: string;
  /** Where one of several values was taken: which, and what decides. */
  assumed?: string;
  /** As the text spells it, where that is a former or another name. */
  spelled?: string;
}

const isMap = (value: PlainValue): value is Readonly<Record<string, PlainValue>> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** Settings whose value is a map: its names are arguments of a function, not settings. */
const WHOLE: ReadonlySet<string> = new Set(["lr_scheduler_kwargs"]);

/** All settings of a text's maps, inner ones under the whole way to them; the last of several counts. */
export function statedIn(all: readonly FoundMap[]): Stated[] {
  const found = new Map<string, Stated>();
  const maps = all.filter(({ path }) => !path.some((name) => WHOLE.has(name)));
  const inner = new Set(maps.map(({ path }) => path.join(".")));
  for (const { path, written } of maps) {
    for (const each of written) {
      const key = [...path, each.name].join(".");
      if (inner.has(key)) continue;
      const flat =
        !WHOLE.has(each.name) && "value" in each.literal && isMap(each.literal.value)
          ? flattened(key, each.literal.value)
          : [];
      if (flat.length === 0) found.set(key, { ...each, key });
      for (const [name, value] of flat) {
        found.set(name, {
          ...each,
          key: name,
          text: excerpt(JSON.stringify(value)),
          literal: { value },
        });
      }
    }
  }
  return [...found.values()];
}

const flattened = (
  key: string,
  map: Readonly<Record<string, PlainValue>>,
): [string, PlainValue][] =>
  Object.entries(map).flatMap(([name, value]): [string, PlainValue][] =>
    isMap(value) ? flattened(`${key}.${name}`, value) : [[`${key}.${name}`, value]],
  );

const SEVERAL = /^is (\S+)((?: or \S+)+), (as .* decides)$/;

/** Of values that depend on the machine the first, which is said wherever it is. */
export const assuming = (stated: readonly Stated[]): Stated[] =>
  stated.map((each) => {
    const [, first, others = "", why = ""] = SEVERAL.exec(problemOf(each.literal) ?? "") ?? [];
    if (first === undefined) return each;
    const assumed = `It is ${first}${others}, ${why}: ${first} is taken, and what follows holds for it.`;
    return { ...each, literal: { value: first }, assumed };
  });

/** The same under the names that a framework has now. */
export const renamed = (stated: readonly Stated[], { aliases }: Framework): Stated[] =>
  stated.map((each) => {
    const key = aliases[each.key] ?? each.key;
    const literal =
      "value" in each.literal
        ? { ...each.literal, value: scalar(each.literal.value) }
        : each.literal;
    return { ...each, key, literal, ...(key === each.key ? {} : { spelled: each.key }) };
  });

const NUMBER = /^[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
const WORDS: Readonly<Record<string, PlainValue>> = {
  true: true,
  false: false,
  null: null,
};

/** A text of a command or of YAML as the value that Hydra and its like take it for. */
export function scalar(value: PlainValue): PlainValue {
  if (Array.isArray(value)) return value.map(scalar);
  if (typeof value !== "string") return value;
  const text = value.trim().replace(/^(["'])([\s\S]*)\1$/, "$2");
  if (NUMBER.test(text)) return Number(text.replaceAll("_", ""));
  const word = WORDS[text.toLowerCase()];
  if (word !== undefined) return word;
  const [, list] = /^\[(.*)\]$/s.exec(text) ?? [];
  return list === undefined ? text : list.split(",").map((each) => scalar(each.trim()));
}

/** Whether a value could not be read, and why. */
export const problemOf = (literal: Literal): string | undefined =>
  "problem" in literal ? literal.problem : undefined;
