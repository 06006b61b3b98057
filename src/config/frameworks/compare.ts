import type { FieldValue } from "../field.ts";
import { formatValue } from "../parse-field.ts";
import { fields } from "../schema.ts";
import { factsOf, FACT_FIELDS, type FactName } from "./compare-facts.ts";
import { isLogging } from "./fields.ts";
import type { Mark } from "./mark.ts";

/** One configuration as it is compared: its values in TRL's meaning, and where each is from. */
export interface Side {
  /** "verl", "TRL", "this run". */
  name: string;
  /** Every field that decides a training, defaults included; a field that is not known is missing. */
  values: Readonly<Record<string, FieldValue>>;
  /** Where each field is from, in its own words, where the text says so. */
  said: Readonly<Record<string, Origin>>;
  /** Settings of its own that TRL has no field for, by their names. */
  alone: Readonly<Record<string, Origin>>;
}

/** What a configuration itself says of a field. */
export interface Origin {
  /** "actor.clip_ratio_low=3e-4"; empty where nothing is written. */
  words: string;
  /** From 1; null: its default. */
  line: number | null;
  mark: Mark;
  says: string;
}

/** One side of a row. */
export interface Cell extends Origin {
  /** In TRL's meaning; "not known" or "–" where there is none. */
  value: string;
}

/** One thing that two configurations have, and whether it is the same. */
export interface Row {
  /** A fact, a field of TRL, or a setting that TRL has none for. */
  name: string;
  cells: readonly [Cell, Cell];
  differs: boolean;
}

export interface Compared {
  /** What follows from several settings together: what a person looks at first. */
  facts: readonly Row[];
  /** Setting by setting; what differs comes first. */
  rows: readonly Row[];
}

/** Sizes are compared as what they come to: how they are cut is memory alone. */
const SIZES: ReadonlySet<string> = new Set([
  "per_device_train_batch_size",
  "gradient_accumulation_steps",
  "steps_per_generation",
  "generation_batch_size",
  "num_processes",
]);

const compared = fields
  .filter(({ name, scope }) => scope === "grpo" && !isLogging(name) && !SIZES.has(name))
  .map(({ name }) => name);

/** Two configurations by what they mean, whatever their settings are called. */
export function compare(one: Side, other: Side): Compared {
  const rows = [
    ...compared.map((name) => rowOf(name, fieldCell(one, name), fieldCell(other, name))),
    ...[...new Set([...Object.keys(one.alone), ...Object.keys(other.alone)])].map((name) =>
      rowOf(name, aloneCell(one, name), aloneCell(other, name)),
    ),
  ];
  const [facts, others] = [factsOf(one.values), factsOf(other.values)];
  return {
    facts: (Object.keys(facts) as FactName[]).map((name) =>
      rowOf(name, factCell(one, name, facts[name]), factCell(other, name, others[name])),
    ),
    rows: rows.toSorted((a, b) => Number(b.differs) - Number(a.differs)),
  };
}

const rowOf = (name: string, one: Cell, other: Cell): Row => ({
  name,
  cells: [one, other],
  // What is not known is not the same as anything.
  differs: one.value !== other.value || one.value === UNKNOWN,
});

const UNKNOWN = "not known";
const NOTHING: Origin = { words: "", line: null, mark: "exact", says: "" };

function fieldCell({ values, said }: Side, name: string): Cell {
  const origin = said[name] ?? NOTHING;
  const value = inForce(name, values);
  return { ...origin, value: value === undefined ? UNKNOWN : shown(value) };
}

/** Where the upper side of the clip is left out, the lower one's width is in force. */
const inForce = (
  name: string,
  values: Readonly<Record<string, FieldValue>>,
): FieldValue | undefined =>
  name === "epsilon_high" && values[name] === null ? values.epsilon : values[name];

/** A number that went through two notations is the same to nine digits. */
const shown = (value: FieldValue): string =>
  formatValue(typeof value === "number" ? Number(value.toPrecision(9)) : value);

function aloneCell({ alone }: Side, name: string): Cell {
  const own = Object.hasOwn(alone, name) ? alone[name] : undefined;
  return own ? { ...own, value: own.words } : { ...NOTHING, value: "–" };
}

/** A fact is as near as the worst of the settings that it follows from. */
function factCell({ said }: Side, name: FactName, value: string | null): Cell {
  const from = FACT_FIELDS[name].flatMap((field) => said[field] ?? []);
  const worst =
    from.find(({ mark }) => mark === "none") ?? from.find(({ mark }) => mark === "near");
  const words = [...new Set(from.map((each) => each.words).filter((text) => text !== ""))];
  return {
    words: words.join(", "),
    line: null,
    mark: worst?.mark ?? "exact",
    says: worst?.says ?? "",
    value: value ?? UNKNOWN,
  };
}
