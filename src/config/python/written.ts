/** What a text says, before anyone has asked whether it makes sense. */

/** A value that a literal can have in Python, YAML or JSON. */
export type PlainValue =
  | number
  | boolean
  | string
  | null
  | readonly PlainValue[]
  | { readonly [name: string]: PlainValue };

/**
 * A value that was read, and where it is from if not from its own line ("the default of --beta"); or
 * why it could not be read: a clause that begins with a verb.
 */
export type Literal =
  | {
      value: PlainValue;
      from?: string;
      /** Whether Python writes the number with a point, as text: 2.0. */
      float?: true;
    }
  | { problem: string };

/** One setting as it is written. */
export interface Written {
  name: string;
  /** From 1. */
  line: number;
  /** As it stands in the text, at most a line of it. */
  text: string;
  literal: Literal;
  /** Where the value is from, if not from its own line: "the default of --beta". */
  from?: string;
}

export type Format =
  | "python"
  | "dict"
  | "arguments"
  | "assignments"
  | "printed"
  | "command"
  | "toml"
  | "table"
  | "yaml"
  | "json";

/** How many processes a launch starts, and where the text says so. */
export interface Processes {
  count: number;
  line: number;
}

/** The settings of one configuration in a text. */
export interface Reading {
  format: Format;
  /** "GRPOConfig", "UnslothGRPOConfig"; null where no call names it. */
  callee: string | null;
  /** Why Unsloth's defaults fill what is left out, e.g. "it imports unsloth"; null: they do not. */
  unsloth: string | null;
  written: Written[];
  /**
   * Why fields that are not written may be set all the same, each one sentence: `**kwargs`, say.
   * Empty where what is not written has its default.
   */
  open: string[];
  processes: Processes | null;
  /** What else its reader should know, each one sentence. */
  notes: string[];
  /** The text that lines are counted in, where it is not the pasted one: a notebook's code. */
  source?: string;
}

/** What a text is that holds no configuration, and what to do, in sentences. */
export interface Named {
  is: string;
  /** Where only its form is known, as of any JSON. */
  unsure?: true;
}

/** One kind of text: its configuration, what it is instead, or null where it is of another kind. */
export type Reader = (source: string) => Reading | Named | null;

/** A reading of which nothing is known but its settings. */
export const plainReading = (format: Format, written: Written[]): Reading => ({
  format,
  callee: null,
  unsloth: null,
  written,
  open: [],
  processes: null,
  notes: [],
});

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
