import {
  excerpt,
  plainReading,
  type Literal,
  type Reading,
  type Written,
} from "../python/written.ts";
import { findField } from "../schema.ts";
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

/** Fields whose flag takes several words. */
const LISTS: ReadonlySet<string> = new Set(["list", "words"]);

/**
 * `--num_generations 8 --bf16` as TRL's parser reads it; null where no flag is a field. Names may be
 * written with hyphens, values after an equals sign, and `--no_bf16` is false.
 */
export function readFlags(words: readonly Word[]): Reading | null {
  const written: Written[] = [];
  const open: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    const [, flag, own] = /^--([A-Za-z][\w-]*)(?:=([\s\S]*))?$/.exec(word?.text ?? "") ?? [];
    if (!word || flag === undefined) {
      if (word?.problem !== undefined && word.text.includes("@"))
        open.push(`${word.text} in line ${word.line}`);
      continue;
    }
    const name = flag.replaceAll("-", "_");
    const values: Word[] = own === undefined ? [] : [{ ...word, text: own }];
    const several = LISTS.has(findField(name)?.type.kind ?? "");
    while (
      own === undefined &&
      words[i + 1] &&
      !isFlag(words[i + 1]) &&
      (several || values.length === 0)
    ) {
      values.push(words[++i] as Word);
    }
    if (name === "config") {
      open.push(`${values[0]?.text ?? "--config"} in line ${word.line}`);
      continue;
    }
    const [positive, value] =
      values.length === 0 && name.startsWith("no_") && isSetting(name.slice(3))
        ? [name.slice(3), { value: false }]
        : [name, valueOf(values, several)];
    const from = values.find((each) => each.from !== undefined)?.from;
    written.push({
      name: positive,
      line: word.line,
      text: excerpt(
        [word.text, ...(own === undefined ? values.map(({ text }) => text) : [])].join(" "),
      ),
      literal: value,
      ...(from === undefined ? {} : { from }),
    });
  }
  if (!isConfiguration(written.map(({ name }) => name))) return null;
  return { ...plainReading("command", written), open };
}

const isFlag = (word: Word | undefined): boolean => /^--?[A-Za-z]/.test(word?.text ?? "");

function valueOf(values: readonly Word[], several: boolean): Literal {
  const unknown = values.find(({ problem }) => problem !== undefined);
  if (unknown?.problem !== undefined) return { problem: unknown.problem };
  const texts = values.map(({ text }) => text);
  const [first] = texts;
  if (first === undefined) return { value: true };
  if (!several) return { value: first };
  const numbers = texts.map(Number);
  return { value: numbers.every((each) => Number.isFinite(each)) ? numbers : texts };
}
