import type { FieldValue } from "../field.ts";
import type { Finding } from "../finding.ts";
import type { PlainValue } from "../python/written.ts";
import type { Mark, Said } from "./mark.ts";

/** The trainers whose configurations are read; TRL's own has a reader of its own. */
export const frameworkIds = [
  "verl",
  "ms-swift",
  "axolotl",
  "nemo-rl",
  "openrlhf",
  "slime",
  "skyrl",
  "areal",
  "prime-rl",
  "async-grpo",
] as const;
export type FrameworkId = (typeof frameworkIds)[number];

/** Values by TRL's field names. */
export type Values = Readonly<Record<string, FieldValue>>;

/** Their settings by their own names, in full: "actor_rollout_ref.rollout.n"; undefined: not written. */
export type Theirs = Readonly<Record<string, PlainValue | undefined>>;

/** A text's settings as a rule looks at them. */
export interface Given {
  /** The value that is in force: the text's or their default; undefined where there is neither. */
  value(key: string): PlainValue | undefined;
  /** The same as a number; NaN where it is none, and the rule is then not applied. */
  number(key: string): number;
  /** The same as a text, in lower case; "" for null. */
  word(key: string): string;
  /** Whether it is true, as a flag or as a value. */
  flag(key: string): boolean;
  /** The value that is in force, for a sentence. */
  shown(key: string): string;
  stated(key: string): boolean;
}

/** What one of their settings comes to. */
export interface Outcome extends Said {
  /** Their name of it; null for what they do without a setting. */
  key: string | null;
  sets: Values;
  /** Fields that it decides and whose value cannot be said in TRL's terms. */
  hides?: readonly string[];
}

/** Every value that a configuration has, as writers need them. */
export interface Whole {
  values: Values;
  /** The value of a field as a number; 0 where it is none. */
  number(field: string): number;
  /** The value of a field as a word; "" where it has none. */
  text(field: string): string;
  is(field: string, value: FieldValue): boolean;
}

/** What a rule writes: settings of theirs, and what of ours they do not say. */
export interface Wrote {
  settings: Theirs;
  /** By field: how what was written differs, or why nothing was. */
  notes?: Readonly<Record<string, Said | undefined>>;
}

/** Some of their settings that belong together, and the fields that they are. */
export interface Rule {
  /** What the documents call it. */
  fields: readonly string[];
  /** Their names with their defaults; undefined: they have none. */
  keys: Readonly<Record<string, PlainValue | undefined>>;
  /** How near the two are in general: what the documents say. */
  mark: Mark;
  /** What the documents say of the difference; empty for none. */
  note: string;
  read(given: Given): readonly Outcome[];
  /** Null: nothing is written for it. */
  write: ((whole: Whole) => Wrote) | null;
}

/** What a finding about a foreign configuration looks at. */
export interface FoundIn {
  given: Given;
  values: Values;
}
export type ForeignRule = (found: FoundIn) => Omit<Finding, "arm" | "patch"> | null;

/** Another version, as a setting of it shows. */
export interface Version {
  shows(each: { key: string; spelled?: string }): boolean;
  says: string;
  /** Whether it has settings under names that are not read, so that no default is in force for sure. */
  opens: boolean;
}

export interface Framework {
  id: FrameworkId;
  /** As its authors write it. */
  name: string;
  rules: readonly Rule[];
  /** Former or other spellings of a key. */
  aliases: Readonly<Record<string, string>>;
  /** Keys that training does not depend on, and what they are. */
  elsewhere: readonly (readonly [pattern: RegExp, is: string])[];
  findings: readonly ForeignRule[];
  /** Settings that are another version's than the one that is read here. */
  versions?: readonly Version[];
  /** How a setting is spelled in a sentence: "--eps-clip" or "actor.clip_ratio_low". */
  spelled?(key: string): string;
}
