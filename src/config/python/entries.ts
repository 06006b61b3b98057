import type { Written } from "./written.ts";

/** What a dict or a call's keywords hold, by name, in the order in which it was put there. */
export interface Entries {
  written: Map<string, Written>;
  /** Why there may be more in it, each the beginning of a sentence: "**kwargs in line 3". */
  open: string[];
}

/** Puts more on top; what is not known of it may also set again what was there. */
export function put(entries: Entries, more: Entries): void {
  for (const [name, written] of more.written) entries.written.set(name, written);
  if (more.open.length > 0) doubt(entries, [...entries.written.keys()], more);
  entries.open.push(...more.open);
}

/** Names that an unknown part on top may set again. */
function doubt(entries: Entries, names: readonly string[], { open, written }: Entries): void {
  for (const name of names) {
    const before = entries.written.get(name);
    if (!before || written.has(name)) continue;
    entries.written.set(name, {
      ...before,
      literal: { problem: `may be set again by ${open[0]}` },
    });
  }
}
