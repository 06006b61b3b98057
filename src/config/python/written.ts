/** What a text says, before anyone has asked whether it makes sense. */

/** A value that a literal can have in Python, YAML or JSON. */
export type PlainValue =
  | number
  | boolean
  | string
  | null
  | readonly PlainValue[]
  | { readonly [name: string]: PlainValue };

/** A value that was read, or why it could not be: the end of "…, so the default stays". */
export type Literal = { value: PlainValue } | { problem: string };

/** One setting as it is written. */
export interface Written {
  name: string;
  /** From 1. */
  line: number;
  /** As it stands in the text, at most a line of it. */
  text: string;
  literal: Literal;
}

export type Format = "python" | "dict" | "arguments" | "yaml" | "json";

/** The settings of one configuration in a text. */
export interface Reading {
  format: Format;
  /** "GRPOConfig", "UnslothGRPOConfig"; null where no call names it. */
  callee: string | null;
  /** Whether Unsloth's defaults fill what is left out. */
  unsloth: boolean;
  written: Written[];
  /** What else its reader should know, each one sentence. */
  notes: string[];
}

/** Settings that are read; a configuration has about a hundred. */
export const MAX_SETTINGS = 250;

/** The line, from 1, of each position of a text. */
export function lineCounter(text: string): (position: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (position) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? Infinity) <= position) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

/** The text on one line, cut to what fits a table. */
export function excerpt(text: string, length = 60): string {
  const line = text
    .slice(0, 4 * length)
    .replace(/\s+/g, " ")
    .trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

/** How deep the brackets of a text nest, wherever they stand. */
export function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of text) {
    if ("([{".includes(character)) deepest = Math.max(deepest, ++depth);
    else if (")]}".includes(character)) depth = Math.max(0, depth - 1);
  }
  return deepest;
}
