import { readPaste, type PasteOptions, type PasteResult } from "../python/paste.ts";
import { readForeign } from "./foreign.ts";
import { findFramework } from "./registry.ts";
import type { FrameworkId } from "./types.ts";

/** Whose configuration a text is taken for; null: what the text shows. */
export type From = "trl" | "unsloth" | FrameworkId;

export interface AnyOptions extends Omit<PasteOptions, "defaults"> {
  from?: From | null;
}

/** Reads a configuration of any trainer that is known, or says what the text is instead. */
export function readAny(text: string, { from = null, ...options }: AnyOptions): PasteResult {
  if (from === "trl" || from === "unsloth") return readPaste(text, { ...options, defaults: from });
  const foreign = readForeign(text, { ...options, from });
  if (foreign !== null || from === null) return foreign ?? readPaste(text, options);
  const name = findFramework(from)?.name ?? from;
  return { problem: `No setting of ${name} is in this text.`, recognised: true };
}
