import type { FieldValue } from "../field.ts";
import { isSetting } from "../reading/recognise.ts";
import type { Stated } from "./keys.ts";
import type { Mark } from "./mark.ts";
import { hydraValue } from "./notation.ts";
import { Settings } from "./given.ts";
import type { Framework, Outcome, Rule, Values } from "./types.ts";

/** One setting of theirs, and what became of it. */
export interface Told {
  /** Their name of it; null for what they do without a setting. */
  key: string | null;
  /** From 1; null where the text does not set it: theirs is the default. */
  line: number | null;
  /** As it stands in the text, or their default. */
  text: string;
  mark: Mark;
  says: string;
  /** The fields that it sets, with their values. */
  sets: Values;
}

export interface ForeignReading {
  framework: Framework;
  told: readonly Told[];
  values: Values;
  /** Fields that the text decides in a way that no value of theirs has, and why. */
  hidden: Readonly<Record<string, string>>;
  given: Settings;
  /** How many of the text's settings are known at all. */
  known: number;
}

/** Reads settings by a framework's table. */
export function readSettings(
  stated: readonly Stated[],
  framework: Framework,
  open: readonly string[] = [],
): ForeignReading {
  const given = new Settings(stated, framework, open.length > 0);
  const byKey = new Map(stated.map((each) => [each.key, each]));
  const values: Record<string, FieldValue> = {};
  const hidden: Record<string, string> = {};
  const told: Told[] = [];
  const done = new Set<string>();
  const always = new Set<string>();
  for (const rule of framework.rules) {
    for (const outcome of applied(rule, given)) {
      const { key, mark, says, sets, hides = [] } = outcome;
      if (Object.keys(rule.keys).length === 0) for (const field in sets) always.add(field);
      const own = key === null ? undefined : byKey.get(key);
      if (key !== null) done.add(key);
      Object.assign(values, sets);
      for (const field of hides) hidden[field] = says;
      told.push({
        key: own?.spelled ?? key,
        line: own?.line ?? null,
        text: own?.text ?? (key === null ? "" : hydraValue(rule.keys[key] ?? null)),
        ...(own?.assumed === undefined || mark === "none" || mark === "elsewhere"
          ? { mark, says }
          : { mark: "near", says: `${own.assumed} ${says}` }),
        sets,
      });
    }
  }
  for (const field of Object.keys(hidden)) delete values[field];
  // What is not in the text may be set elsewhere all the same: no default is in force for sure.
  if (open.length > 0) dropDefaults(values, told, always);
  for (const each of stated) {
    if (!done.has(each.key)) told.push(beyondRules(each, framework));
  }
  const known = stated.filter(
    ({ key }) => done.has(key) || framework.elsewhere.some(([pattern]) => pattern.test(key)),
  ).length;
  return { framework, told: told.toSorted(byLine), values, hidden, given, known };
}

/** @param always Fields of what the framework does without a setting for it. */
function dropDefaults(
  values: Record<string, FieldValue>,
  told: readonly Told[],
  always: ReadonlySet<string>,
): void {
  const sure = new Set(
    told.filter(({ line }) => line !== null).flatMap(({ sets }) => Object.keys(sets)),
  );
  for (const field of Object.keys(values)) {
    if (!sure.has(field) && !always.has(field)) delete values[field];
  }
}

const byLine = (a: Told, b: Told): number => (a.line ?? Infinity) - (b.line ?? Infinity);

/** A rule's outcomes; what rests on a value that is not known is not known either. */
function applied(rule: Rule, given: Settings): readonly Outcome[] {
  const { result, problem } = given.watch(() => rule.read(given));
  if (problem === null) return result;
  const says = `${problem.key} ${problem.says}.`;
  const lost = (outcome: Outcome): Outcome =>
    outcome.mark === "elsewhere" && outcome.key !== problem.key
      ? outcome
      : {
          key: outcome.key,
          mark: "none",
          says: `Not known: ${says}`,
          sets: {},
          hides: rule.fields,
        };
  const outcomes =
    result.length === 0 ? [{ key: problem.key, mark: "none", says, sets: {} } as const] : result;
  return outcomes.filter(({ key }) => key !== null || outcomes.length === 1).map(lost);
}

/** A setting that no rule is about: known to matter nothing, or not known. */
function beyondRules({ key, line, text }: Stated, { elsewhere, name }: Framework): Told {
  const found = elsewhere.find(([pattern]) => pattern.test(key));
  if (found) return { key, line, text, mark: "elsewhere", says: found[1], sets: {} };
  const hint = isSetting(key) ? ` TRL has a field of that name.` : "";
  return {
    key,
    line,
    text,
    mark: "none",
    says: `Is not a setting of ${name} that is known here; what it does is not read.${hint}`,
    sets: {},
  };
}

/** "41 settings: 29 exact, 5 near, 3 not expressible, 4 elsewhere": those that the text states. */
export function tally(told: readonly Told[]): string {
  const stated = told.filter(({ line }) => line !== null);
  const of = (mark: Mark): number => stated.filter((each) => each.mark === mark).length;
  const { length } = stated;
  return `${length} ${length === 1 ? "setting" : "settings"}: ${of("exact")} exact, ${of("near")} near, ${of("none")} not expressible, ${of("elsewhere")} elsewhere`;
}
