import type { Field } from "../../config/field.ts";
import { fields } from "../../config/schema.ts";

/**
 * Help and source of each field, by its name. A built page has them from here alone, with the form that
 * shows them (scripts/without-help.mjs).
 */
export const fieldWords: ReadonlyMap<string, Pick<Field, "help" | "source">> = new Map(
  fields.map(({ name, help, source }) => [name, { help, source }]),
);
