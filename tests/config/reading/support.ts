import { findings } from "../../../src/config/findings/findings.ts";
import { readPaste, type Paste } from "../../../src/config/python/paste.ts";
import { getField } from "../../../src/config/run-fields.ts";
import { runFrom } from "../../../src/config/run-from.ts";

export const base = runFrom("sort");

/** A text as the import panel reads it. */
export function paste(text: string): Paste {
  const result = readPaste(text, { base });
  if ("problem" in result) throw new Error(result.problem);
  return result;
}

/** What a text is that holds no configuration. */
export function problem(text: string): string {
  const result = readPaste(text, { base });
  if (!("problem" in result)) throw new Error(`read as ${result.format}`);
  return result.problem;
}

/** Values of the named fields, as they are read. */
export const valuesOf = (text: string, ...names: string[]): unknown[] => {
  const { run } = paste(text);
  return names.map((name) => getField(run, name));
};

export const idsOf = (read: Paste): string[] => findings(read.run, read.known).map(({ id }) => id);
