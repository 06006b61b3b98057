import {
  excerpt,
  plainReading,
  type Literal,
  type Reading,
  type Written,
} from "../python/written.ts";
import { findField } from "../schema.ts";
import { isOverride } from "./overrides.ts";
import { isConfiguration, isSetting } from "./recognise.ts";

/** One word of a command. */
export interface Word {
  text: string;
  line: number;
  /** Why its value is not known: a clause that begins with a verb. */
  problem?: string;
  /** Where it is from, e.g. "the default of $BATCH". */
  from?: string;
}

/** `--name`, `--name=value` or `--name value …`. */
export interface Flag {
  /** As it is written, without its hyphens at the front. */
  name: string;
  /** The word that names it. */
  word: Word;
  /** Whether its value is behind an equals sign in the same word. */
  own: boolean;
  values: readonly Word[];
}

/** The words of a command by their kinds. */
export interface Arguments {
  flags: Flag[];
  /** `a.b=c` and its like, as Hydra has them. */
  overrides: Word[];
  /** What is neither: a file, or a variable that could hold anything. */
  loose: Word[];
}

const FLAG = /^--([A-Za-z][\w./-]*)(?:=([\s\S]*))?$/;

/** Takes the words of a command for flags, their values, overrides and the rest. */
export function argumentsOf(words: readonly Word[]): Arguments {
  const found: Arguments = { flags: [], overrides: [], loose: [] };
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (!word) continue;
    const [, name, own] = FLAG.exec(word.text) ?? [];
    if (name === undefined) {
      found[isOverride(word.text) ? "overrides" : "loose"].push(word);
      continue;
    }
    const values: Word[] = own === undefined ? [] : [{ ...word, text: own }];
    for (let next = words[i + 1]; own === undefined && next; next = words[i + 1]) {
      if (isFlag(next) || isOverride(next.text) || (values.length > 0 && isOpen(next))) break;
      if (isList(next)) break;
      values.push(next);
      i++;
    }
    found.flags.push({ name, word, own: own !== undefined, values });
  }
  return found;
}

const isFlag = ({ text }: Word): boolean => /^--?[A-Za-z]/.test(text);

/** What could be any number of words. */
const isList = ({ text, problem }: Word): boolean =>
  problem !== undefined && /^\$(?:[@*]|\{\w*[@*]\}|\{\w+\[[@*]\])/.test(text);
/** A variable by itself could be several words; one within a path is a value. */
const isOpen = ({ text, problem }: Word): boolean =>
  problem !== undefined && /^\$(?:\w+|[@*]|\{[^}]*\})$/.test(text);

/** What words may set that are not known, each as "$ARGS in line 3"; what a script is handed is not of them. */
export const openWords = ({ loose }: Arguments): string[] =>
  loose
    .filter((word) => isOpen(word) && !isHanded(word.text))
    .map(({ text, line }) => `${text} in line ${line}`);

const isHanded = (text: string): boolean => /^\$(?:[@*]|\{[@*]\})$/.test(text);

/** Fields whose flag takes several words. */
const LISTS: ReadonlySet<string> = new Set(["list", "words"]);

/**
 * `--num_generations 8 --bf16` as TRL's parser reads it; null where no flag is a field. Names may be
 * written with hyphens, values after an equals sign, and `--no_bf16` is false.
 */
export function readFlags(words: readonly Word[]): Reading | null {
  const read = flagsRead(words);
  return isConfiguration(read.written.map(({ name }) => name)) ? read : null;
}

/** The same, whether it is a configuration by itself or not. */
export function flagsRead(words: readonly Word[]): Reading {
  const found = argumentsOf(words);
  const written: Written[] = [];
  const open = openWords(found);
  for (const flag of found.flags) {
    const name = flag.name.replaceAll("-", "_");
    const several = LISTS.has(findField(name)?.type.kind ?? "");
    const values = several ? flag.values : flag.values.slice(0, 1);
    if (name === "config") {
      open.push(`${values[0]?.text ?? "--config"} in line ${flag.word.line}`);
      continue;
    }
    const isNegated = values.length === 0 && name.startsWith("no_") && isSetting(name.slice(3));
    const literal = isNegated ? { value: false } : valueOf(values, several, flag.word);
    written.push(writtenFlag(flag, isNegated ? name.slice(3) : name, values, literal));
  }
  return { ...plainReading("command", written), open };
}

/** A flag as a setting of some name. */
export function writtenFlag(
  { word, own }: Flag,
  name: string,
  values: readonly Word[],
  literal: Literal,
): Written {
  const from = values.find((each) => each.from !== undefined)?.from;
  const shown = [word.text, ...(own ? [] : values.map(({ text }) => text))].join(" ");
  return {
    name,
    line: word.line,
    text: excerpt(shown),
    literal,
    ...(from === undefined ? {} : { from }),
  };
}

function valueOf(values: readonly Word[], several: boolean, flag: Word): Literal {
  const unknown = [flag, ...values].find(({ problem }) => problem !== undefined);
  if (unknown?.problem !== undefined) return { problem: unknown.problem };
  const texts = values.map(({ text }) => text);
  const [first] = texts;
  if (first === undefined) return { value: true };
  if (!several) return { value: first };
  const numbers = texts.map(Number);
  return { value: numbers.every((each) => Number.isFinite(each)) ? numbers : texts };
}

/** A flag's value whoever reads it: a text, several, or true where it stands alone. */
export function plainFlag(flag: Flag): Written {
  const unknown = [flag.word, ...flag.values].find(({ problem }) => problem !== undefined);
  const texts = flag.values.map(({ text }) => text);
  const [first] = texts;
  const literal: Literal =
    unknown?.problem !== undefined
      ? { problem: unknown.problem }
      : { value: first === undefined ? true : texts.length === 1 ? first : texts };
  return writtenFlag(flag, flag.name, flag.values, literal);
}
