import type { FieldValue } from "../field.ts";
import type { PlainValue } from "../python/written.ts";
import type { Mark, Said } from "./mark.ts";
import type { Given, Outcome, Rule, Whole, Wrote } from "./types.ts";

/** How a value of theirs is one of ours, both ways. */
export interface Codec {
  /** Undefined: it is no value that ours can have. */
  read(value: PlainValue): FieldValue | undefined;
  write(value: FieldValue): PlainValue | undefined;
}

const plain = (value: FieldValue): PlainValue => value as PlainValue;

/** A number, or null where ours may be null. */
export const numeric: Codec = {
  read: (value) => (typeof value === "number" || value === null ? value : undefined),
  write: plain,
};
export const flag: Codec = {
  read: (value) => (typeof value === "boolean" ? value : undefined),
  write: plain,
};
/** Theirs is −1 where all tokens are sampled from, and ours is 0. */
export const topK: Codec = {
  read: (value) =>
    typeof value === "number" ? Math.max(0, value) : value === null ? 0 : undefined,
  write: (value) => (value === 0 ? -1 : plain(value)),
};

interface Same {
  key: string;
  field: string;
  /** Theirs, where the text does not set it; undefined: they have none. */
  usual: PlainValue | undefined;
  codec?: Codec;
  mark?: Mark;
  /** How the two differ, or what the conversion is. */
  says?: string;
}

/** One setting that is one field. */
export function same({
  key,
  field,
  usual,
  codec = numeric,
  mark = "exact",
  says = "",
}: Same): Rule {
  return {
    fields: [field],
    keys: { [key]: usual },
    mark,
    note: says,
    read(given) {
      const value = given.value(key);
      const read = value === undefined ? undefined : codec.read(value);
      if (read === undefined) return value === undefined ? [] : [notTaken(key, field, value)];
      return [{ key, mark, says, sets: { [field]: read } }];
    },
    write({ values }) {
      const ours = values[field];
      const value = ours === undefined ? undefined : codec.write(ours);
      if (value === undefined) return { settings: {} };
      return {
        settings: { [key]: value },
        ...(mark === "exact" ? {} : { notes: { [field]: { mark, says } } }),
      };
    },
  };
}

export const notTaken = (key: string, field: string, value: PlainValue): Outcome => ({
  key,
  mark: "none",
  says: `${JSON.stringify(value)} is no value that ${field} can have.`,
  sets: {},
  hides: [field],
});

interface Derived {
  fields: readonly string[];
  keys: Rule["keys"];
  mark?: Mark;
  note?: string;
  read(given: Given): readonly Outcome[];
  write?(whole: Whole): Wrote;
}

/** Settings that are fields together. */
export const derived = ({ mark = "exact", note = "", write, ...rule }: Derived): Rule => ({
  ...rule,
  mark,
  note,
  write: write ?? null,
});

/** A setting that TRL has nothing for, where it is on. */
export function missing(
  key: string,
  usual: PlainValue | undefined,
  says: string,
  off: (value: PlainValue | undefined) => boolean = isOff,
): Rule {
  return {
    fields: [],
    keys: { [key]: usual },
    mark: "none",
    note: says,
    read(given) {
      const value = given.value(key);
      return off(value) || JSON.stringify(value) === JSON.stringify(usual)
        ? [elsewhere(key, "Off, or as it is by default: nothing comes of it.")]
        : [none(key, says)];
    },
    write: null,
  };
}

const isOff = (value: PlainValue | undefined): boolean =>
  value === undefined || value === null || value === false || value === 0;

/** What they do without a setting for it, where TRL has a default that does otherwise. */
export const implied = (field: string, value: FieldValue, says: string): Rule => ({
  fields: [field],
  keys: {},
  mark: "exact",
  note: says,
  read: () => [{ key: null, mark: "exact", says, sets: { [field]: value } }],
  write: ({ values }) =>
    values[field] === undefined || JSON.stringify(values[field]) === JSON.stringify(value)
      ? { settings: {} }
      : { settings: {}, notes: { [field]: { mark: "none", says } } },
});

export const exact = (key: string | null, sets: Outcome["sets"], says = ""): Outcome => ({
  key,
  mark: "exact",
  says,
  sets,
});
export const near = (key: string | null, sets: Outcome["sets"], says: string): Outcome => ({
  key,
  mark: "near",
  says,
  sets,
});
export const none = (key: string, says: string, hides: readonly string[] = []): Outcome => ({
  key,
  mark: "none",
  says,
  sets: {},
  hides,
});
export const elsewhere = (key: string, says: string): Outcome => ({
  key,
  mark: "elsewhere",
  says,
  sets: {},
});

/** That a field cannot be said in their words. */
export const cannot = (says: string): Said => ({ mark: "none", says });
export const nearly = (says: string): Said => ({ mark: "near", says });
