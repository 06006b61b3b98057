import type { Entry, FieldType, FieldValue } from "../field.ts";

// Types and the common parts of the fields that a browser cannot act on.

export const bool: FieldType = { kind: "bool" };
export const boolOrNone: FieldType = { kind: "bool", nullable: true };
export const map: FieldType = { kind: "map", nullable: true };
/** A dictionary, or the path of a file that has it. */
export const mapOrPath: FieldType = { kind: "map", orText: true, nullable: true };
export const text: FieldType = {
  kind: "text",
  pattern: /^[^\n\r\0]{0,400}$/,
  says: "one line of at most 400 characters",
  nullable: true,
};
/** One word, or several as a list. */
export const words: FieldType = { kind: "words", nullable: true };
export const oneOf = (...values: readonly string[]): FieldType => ({ kind: "enum", values });
export const int = (min: number, max: number): FieldType => ({ kind: "int", min, max });
export const intOrNone = (min: number, max: number): FieldType => ({
  kind: "int",
  min,
  max,
  nullable: true,
});
export const float = (min: number, max: number): FieldType => ({ kind: "float", min, max });
export const floatOrNone = (min: number, max: number): FieldType => ({
  kind: "float",
  min,
  max,
  nullable: true,
});

/** Makes the entries of one source. */
export const entriesOf =
  (source: string) =>
  (
    type: FieldType,
    trlDefault: FieldValue,
    help: string,
    unsloth: Pick<Entry<FieldValue>, "unslothDefault"> = {},
  ): Entry<FieldValue> => ({ type, trlDefault, ...unsloth, help, source, effect: "export-only" });
