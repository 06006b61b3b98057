import type { Literal, PlainValue, Written } from "./written.ts";
import { excerpt } from "./written.ts";

/** A setting in a dict; where it is a dict itself, what is known of it piece by piece. */
export interface Entry extends Written {
  inner?: Entries;
}

/** What a dict or a call's keywords hold, by name, in the order in which it was put there. */
export interface Entries {
  written: Map<string, Entry>;
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
    const { inner: _, ...before } = entries.written.get(name) ?? {};
    if (!("name" in before) || written.has(name)) continue;
    entries.written.set(name, {
      ...before,
      literal: { problem: `may be set again by ${open[0]}` },
    });
  }
}

/** The same entries, to be changed by themselves. */
export const copyOf = ({ written, open }: Entries): Entries => ({
  written: new Map(
    [...written].map(([name, entry]) => [
      name,
      entry.inner ? { ...entry, inner: copyOf(entry.inner) } : entry,
    ]),
  ),
  open: [...open],
});

export const isPlainMap = (value: PlainValue): value is { readonly [name: string]: PlainValue } =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** A dict that is known as a value, as entries of one line. */
export function entriesOf(value: { readonly [name: string]: PlainValue }, line: number): Entries {
  const written = Object.entries(value).map(([name, each]): [string, Entry] => [
    name,
    { name, line, text: excerpt(JSON.stringify(each)), literal: { value: each } },
  ]);
  return { written: new Map(written), open: [] };
}

/** The dict that entries make, or why it is not known. */
export function literalOf({ written, open }: Entries): Literal {
  const values: [string, PlainValue][] = [];
  if (open[0] !== undefined) return { problem: `is a dict that has more in it: ${open[0]}` };
  for (const [name, { literal }] of written) {
    if ("problem" in literal) return literal;
    if (name === "__proto__") return { problem: "has a key that is not a name" };
    values.push([name, literal.value]);
  }
  return { value: Object.fromEntries(values) };
}

/** What is known piece by piece of an entry that is a dict; null where it is none. */
export function innerOf({ inner, literal, line }: Entry): Entries | null {
  if (inner) return inner;
  return "value" in literal && isPlainMap(literal.value) ? entriesOf(literal.value, line) : null;
}
