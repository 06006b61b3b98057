import type { Field } from "../../config/field.ts";
import { fields } from "../../config/schema.ts";
import { fieldWords } from "./field-words.ts";

/** The fields whose name, label or help holds every word of the search. */
export function foundFields(search: string): readonly Field[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const exact = fields.find(({ name }) => name === search.trim());
  if (exact !== undefined) return [exact];
  return fields.filter(({ name, label }) => {
    const text = `${name} ${label} ${fieldWords.get(name)?.help}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
