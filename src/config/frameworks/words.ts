import { excerpt, type Written } from "../python/written.ts";
import type { Word } from "../reading/flags.ts";

/** The words of a command as settings: `a.b=c`, `+a.b=c`, `--flag value`, `--flag=value`, `--flag`. */
export function settingsOf(words: readonly Word[]): Written[] {
  const written: Written[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as Word;
    const override = /^(?:\+{1,2})?([A-Za-z_][\w.@/-]*)=([\s\S]*)$/.exec(word.text);
    if (override) {
      written.push(setting(override[1] ?? "", [{ ...word, text: override[2] ?? "" }], word));
      continue;
    }
    const [, flag, own] = /^--([A-Za-z][\w.-]*)(?:=([\s\S]*))?$/.exec(word.text) ?? [];
    if (flag === undefined) continue;
    const values: Word[] = own === undefined ? [] : [{ ...word, text: own }];
    while (own === undefined && words[i + 1] && !isFlag(words[i + 1] as Word)) {
      values.push(words[++i] as Word);
    }
    written.push(setting(flag, values, word));
  }
  return written;
}

const isFlag = ({ text }: Word): boolean =>
  /^--?[A-Za-z]/.test(text) || /^\+{0,2}[A-Za-z_]\w*(\.\w+)+=/.test(text);

function setting(name: string, values: readonly Word[], { line, text }: Word): Written {
  const problem = values.find((each) => each.problem !== undefined)?.problem;
  const from = values.find((each) => each.from !== undefined)?.from;
  const texts = values.map((each) => each.text);
  const [first] = texts;
  const value = first === undefined ? true : texts.length === 1 ? first : texts;
  const shown = text.includes("=") ? text : [text, ...texts].join(" ");
  return {
    name,
    line,
    text: excerpt(shown),
    literal: problem === undefined ? { value } : { problem },
    ...(from === undefined ? {} : { from }),
  };
}
