import type { FieldValue } from "./field.ts";

/** Values by field name, to be set together. */
export type Patch = Readonly<Record<string, FieldValue>>;

/** Something true of a configuration that its reader should know. */
export interface Finding {
  /** kebab-case, unique per kind. */
  id: string;
  /** An error keeps the run from starting; a warning is probably not meant; a note explains. */
  severity: "error" | "warning" | "note";
  /** What is so, with its values: one sentence. */
  message: string;
  /** Why it is so, one sentence; empty where the message says it. */
  reason: string;
  /** What to do: one sentence. */
  remedy: string;
  /** The change that does it, for one click; null where it is the reader's to choose. */
  patch: Patch | null;
  fields: readonly string[];
  /** The arm it is about; null: every arm. */
  arm: string | null;
}

/** A finding before it is known whose it is. */
export type Fact = Omit<Finding, "arm">;

/** What keeps a configuration from being trained with, with a change that mends it. */
export const refusal = (
  id: string,
  facts: Pick<Fact, "message" | "remedy" | "patch" | "fields"> & Partial<Fact>,
): Fact => ({ id, severity: "error", reason: "", ...facts });
