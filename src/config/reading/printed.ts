import { enumMember } from "../python/enum-members.ts";
import {
  excerpt,
  plainReading,
  type Literal,
  type PlainValue,
  type Reading,
  type Written,
} from "../python/written.ts";
import { number } from "../parse-field.ts";
import { isConfiguration } from "./recognise.ts";

/** Settings from which on a text is what `print(args)` shows: nobody writes that many. */
const WHOLE = 60;

/** How `print(args)` begins: transformers' own counters are in it, and no script sets them. */
const BEGINS = /\b(Unsloth)?GRPOConfig\(\s*\n?\s*(_n_gpu=|accelerator_config=|[a-z_]+=[^\n]*,\n)/;

/**
 * What `print(args)` and `print(trainer.args)` show: a field a line, texts without quotes, members
 * of enumerations by name. Null where the text is anything else.
 */
export function readPrinted(source: string): Reading | null {
  const begins = BEGINS.exec(source);
  if (!begins) return null;
  const lines = source.split("\n");
  const first = source.slice(0, begins.index).split("\n").length;
  const written: Written[] = [];
  for (let i = first - 1; i < lines.length; i++) {
    const line = (lines[i] ?? "").replace(/^.*GRPOConfig\(/, "");
    if (/^\s*\)/.test(line)) break;
    const [, name, text] = /^\s*(\w+)=(.*?),?\s*$/.exec(line) ?? [];
    if (name === undefined || text === undefined) continue;
    written.push({ name, line: i + 1, text: excerpt(text), literal: literalOf(text) });
  }
  const names = written.map(({ name }) => name);
  const whole = names.includes("_n_gpu") || written.length >= WHOLE;
  if (!whole || !isConfiguration(names)) return null;
  return {
    ...plainReading("printed", written),
    callee: begins[1] ? "UnslothGRPOConfig" : "GRPOConfig",
  };
}

function literalOf(text: string): Literal {
  const quoted = /^<[\w.]+: '([^']*)'>$/.exec(text) ?? /^'([^']*)'$/.exec(text);
  if (quoted) return { value: quoted[1] ?? "" };
  const member = enumMember(text);
  if (member) return member;
  if (text === "None") return { value: null };
  if (text === "True" || text === "False") return { value: text === "True" };
  const value = number(text);
  if (value !== undefined) return { value };
  if (/^[[{]/.test(text)) return structure(text);
  return { value: text };
}

/** A list or a dict of plain values, by way of JSON. */
function structure(text: string): Literal {
  const json = text
    .replaceAll(/<[\w.]+: '([^']*)'>/g, "'$1'")
    .replaceAll("'", '"')
    .replaceAll(/\bNone\b/g, "null")
    .replaceAll(/\bTrue\b/g, "true")
    .replaceAll(/\bFalse\b/g, "false");
  try {
    return { value: JSON.parse(json) as PlainValue };
  } catch {
    return { problem: `is ${excerpt(text, 40)}, which is not read` };
  }
}
