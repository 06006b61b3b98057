import type { CommandExpansionPart } from "unbash";
import { expand } from "./expand.ts";
import { hereText } from "./here-text.ts";
import { onlyRun, type Segment } from "./value.ts";
import type { Walk } from "./walk.ts";

/**
 * What a command in `$(…)` prints where that needs no running: `cat` of a here-document, `echo` of
 * words, or nothing at all; else it is named.
 */
export function printedText(
  part: CommandExpansionPart,
  walk: Walk,
  line: number,
): readonly Segment[] {
  const runs = [{ text: part.text, line, problem: onlyRun(part.text) }];
  const { script } = part;
  if (script === undefined || script.source !== undefined || walk.depth >= 8) return runs;
  const [statement, ...others] = script.commands;
  // A comment between backquotes is how people comment within a command.
  if (statement === undefined) return script.errors?.length ? runs : [];
  const { command } = statement;
  if (others.length > 0 || command.type !== "Command" || command.prefix.length > 0) return runs;
  const name = command.name?.value;
  const [redirect, ...more] = command.redirects;
  if (name === "cat" && command.args.length === 0 && redirect && more.length === 0) {
    if (redirect.type !== "HereDoc") return runs;
    const text = hereText(redirect, walk);
    const last = text.at(-1);
    return last ? [...text.slice(0, -1), { ...last, text: last.text.replace(/\n+$/, "") }] : [];
  }
  if (name === "echo" && redirect === undefined) {
    const words = command.args.flatMap((each) => (each.type === "Word" ? expand(each, walk) : []));
    const plain = words.filter(({ text }) => !/^-[neE]+$/.test(text));
    return plain.map((word, i) => ({
      ...word,
      text: i === 0 ? word.text : ` ${word.text}`,
      line,
    }));
  }
  return runs;
}
