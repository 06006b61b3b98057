import type { GRPOConfig } from "./types.ts";

/** The groups of the form, in its order. */
export const fieldGroups = [
  "Task",
  "Policy",
  "Generation",
  "Loss and ratio",
  "Optimiser",
  "Steps and data",
  "Evaluation",
  "Logging",
  "Export-only",
] as const;

/** The part of the form that a field is in. */
export type FieldGroup = (typeof fieldGroups)[number];

/** When a change takes effect: at the next step, at the next rollout, with a new run, or not here. */
export type Effect = "live" | "next-generation" | "restart" | "export-only";

/** What a field can hold. */
export type FieldValue =
  | number
  | boolean
  | string
  | null
  | readonly number[]
  | readonly string[]
  | Readonly<Record<string, unknown>>;

/** Type and bounds, both ends included unless `above` excludes the lower one. */
export type FieldType = (
  | { kind: "int"; min: number; max: number }
  | {
      kind: "float";
      min: number;
      max: number;
      /** The value must be greater than this, not just equal. */
      above?: number;
      /** From here on only whole numbers make sense, e.g. 1 for `warmup_steps`. */
      wholeFrom?: number;
      /** Range and scale of a slider; typed values may go beyond it. */
      slider?: { min: number; max: number; scale: "linear" | "log" };
    }
  | { kind: "bool" }
  | { kind: "enum"; values: readonly string[]; aliases?: Readonly<Record<string, string>> }
  | { kind: "text"; pattern: RegExp; says: string }
  /** Numbers, each within the bounds. */
  | { kind: "list"; min: number; max: number }
  /** One word as a text, several as a list of texts. */
  | { kind: "words" }
  /**
   * Names to values, e.g. `{"num_cycles": 2}`; `flat` allows nothing but numbers and words, `orText`
   * a text instead: the path of a file.
   */
  | { kind: "map"; flat?: true; orText?: true }
) & { nullable?: true };

/** Where the value lives: in `RunConfig.grpo`, `.policy`, the run itself, or `.exportOnly`. */
export type Scope = "grpo" | "policy" | "run" | "export";

/** Why TRL 1.13's GRPOConfig does not take a field, and whether Unsloth's does. */
export interface Removed {
  why: string;
  inUnsloth: boolean;
}

/** One configuration field, described once; form, link, checks, export and command line read it. */
export interface Field {
  /** TRL's name; for fields of the run, the property's. */
  name: string;
  /** Where its value lives in a RunConfig. */
  scope: Scope;
  group: FieldGroup;
  /** What the form shows; TRL's name where there is one. */
  label: string;
  /** What it can hold: kind and bounds. */
  type: FieldType;
  /** The default of TRL 1.13 (or transformers 5 underneath); for fields of the run, ours. */
  trlDefault: FieldValue;
  /** The default that Unsloth puts in its place, where it differs. */
  unslothDefault?: FieldValue;
  /** One line. */
  help: string;
  /** Where the help's statement is from. */
  source: string;
  effect: Effect;
  /** Set where TRL's class has no such field. */
  removed?: Removed;
  /** A configuration leaves it out where it has the default, as those before the field did. */
  optional?: true;
  /** It is given to what launches the training, not to GRPOConfig. */
  launched?: true;
}

/** A field as its group's table states it; the key is the name. */
export interface Entry<T> {
  type: FieldType;
  trlDefault: T;
  unslothDefault?: T;
  help: string;
  source: string;
  effect: Effect;
  removed?: Removed;
  optional?: true;
  launched?: true;
}

/** Fields that a configuration may leave out. */
export type OptionalName<Config> = {
  [K in keyof Config]-?: Partial<Pick<Config, K>> extends Pick<Config, K> ? K : never;
}[keyof Config];

/** Every field of `Config`, each with a default of its own type: the compiler checks both. */
export type TableOf<Config, More = unknown> = {
  readonly [K in keyof Config]-?: Entry<Exclude<Config[K], undefined>> &
    More &
    (K extends OptionalName<Config> ? { optional: true } : unknown);
};
export type GRPOTable = TableOf<GRPOConfig>;

/** Gives a table's entries their names, scope and group. */
export const named = (
  scope: Scope,
  group: FieldGroup,
  table: Readonly<Record<string, Entry<FieldValue> & { label?: string }>>,
): Field[] =>
  Object.entries(table).map(([name, entry]) => ({ label: name, ...entry, name, scope, group }));
