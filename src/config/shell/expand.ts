import type {
  DoubleQuotedChild,
  ParameterExpansionPart,
  Word as ShellWord,
  WordPart,
} from "unbash";
import type { Word } from "../reading/flags.ts";
import { ask } from "./environment.ts";
import { arithmetic } from "./arithmetic.ts";
import { heldBy, textOfVariable, valueOf } from "./variables.ts";
import {
  appended,
  asText,
  segmentOf,
  split,
  textOf,
  wordOf,
  type Segment,
  onlyRun,
} from "./value.ts";
import { spend, type Walk } from "./walk.ts";

/** The words that one word of a script becomes; what only running it tells is named in its place. */
export function expand(word: ShellWord, walk: Walk): Word[] {
  const line = walk.lineOf(word.pos);
  const words: Word[] = [];
  let current: Segment[] | null = null;
  const end = () => {
    if (current) words.push(wordOf(current, line));
    current = null;
  };
  for (const part of partsOf(word)) {
    const array = arrayOf(part, walk);
    if (array) {
      // The first of its words goes on what stands before it, and what follows on the last.
      for (const [i, each] of array.words.entries()) {
        if (i > 0) end();
        const own = segmentOf(each);
        for (const [k, piece] of (array.quoted ? [[own]] : split([own])).entries()) {
          if (k > 0) end();
          current = [...(current ?? []), ...piece];
        }
      }
      continue;
    }
    const segments = segmentsOf(part, walk);
    if (!splits(part)) {
      current = appended(current ?? [], segments);
      continue;
    }
    const text = segments.map((each) => each.text).join("");
    if (/^[ \t\n]/.test(text)) end();
    const pieces = split(segments);
    for (const [i, piece] of pieces.entries()) {
      if (i > 0) end();
      current = [...(current ?? []), ...piece];
    }
    if (/[ \t\n]$/.test(text)) end();
  }
  end();
  spend(walk, words.length + words.reduce((sum, { text }) => sum + text.length, 0) / 20);
  return words;
}

/** A word as one text, as on the right of an assignment, where nothing is split. */
export function expandText(word: ShellWord, walk: Walk): Segment[] {
  let text: Segment[] = [];
  for (const part of partsOf(word)) {
    const array = arrayOf(part, walk);
    const words = array?.words.flatMap((each, i) =>
      i === 0 ? [segmentOf(each)] : [{ text: " ", line: each.line }, segmentOf(each)],
    );
    text = appended(text, words ?? segmentsOf(part, walk));
  }
  spend(walk, 1 + text.reduce((sum, each) => sum + each.text.length, 0) / 20);
  return text;
}

/** The text of parts in a row, as of a here-document. */
export const expandParts = (parts: readonly WordPart[], walk: Walk): Segment[] =>
  parts.flatMap((part) => segmentsOf(part, walk));

const partsOf = (word: ShellWord): readonly WordPart[] =>
  word.parts ?? [
    { type: "Literal", pos: word.pos, end: word.end, value: word.value, text: word.text },
  ];

/** Whether spaces in what comes of a part end a word. */
const splits = ({ type }: WordPart): boolean =>
  type === "SimpleExpansion" || type === "ParameterExpansion" || type === "CommandExpansion";

/** The words of `${A[@]}`, `"${A[@]}"`, `$@` and their like; null where the part is none. */
function arrayOf(part: WordPart, walk: Walk): { words: readonly Word[]; quoted: boolean } | null {
  if (part.type === "DoubleQuoted") {
    const [only, ...others] = part.parts;
    const inner = only && others.length === 0 ? arrayOf(only, walk) : null;
    return inner && { ...inner, quoted: true };
  }
  const line = walk.lineOf(part.pos);
  if (/^\$(?:@|\*|\{[@*]\})$/.test(part.text)) {
    return { words: walk.positional ?? [handedOver(part.text, line, walk)], quoted: false };
  }
  if (part.type !== "ParameterExpansion" || part.prefix !== undefined) return null;
  const { parameter, index, operation } = part;
  if (parameter === "@" || parameter === "*") {
    return { words: [handedOver(part.text, line, walk)], quoted: false };
  }
  if (index === undefined || !/^[@*]$/.test(index.text)) return null;
  const value = valueOf(parameter, part.text, line, walk);
  if (operation !== undefined) {
    const all = operation.type === "Default" && /^:?[-+]$/.test(operation.operator);
    if (!all) {
      const problem = `is ${part.text}, which is not read`;
      return { words: [{ text: part.text, line, problem }], quoted: false };
    }
    const isSet = heldBy(parameter, line, walk) !== undefined;
    if (isSet === operation.operator.endsWith("+")) {
      return operation.operator.endsWith("+")
        ? { words: expand(operation.operand, walk), quoted: true }
        : { words: "array" in value ? value.array : [wordOf(value.text, line)], quoted: false };
    }
    if (operation.operator.endsWith("+")) return { words: [], quoted: false };
  }
  return { words: "array" in value ? value.array : [wordOf(value.text, line)], quoted: false };
}

function handedOver(text: string, line: number, walk: Walk): Word {
  walk.handedOver ??= { text, line };
  return { text, line, problem: `is ${text}, what is handed to the script` };
}

function segmentsOf(part: WordPart | DoubleQuotedChild, walk: Walk): Segment[] {
  const line = walk.lineOf(part.pos);
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
    case "AnsiCQuoted":
      return [{ text: part.value, line }];
    case "Glob":
    case "ExtendedGlob":
    case "BraceExpansion":
      return [{ text: part.text, line }];
    case "DoubleQuoted":
    case "LocaleString":
      return part.parts.length === 0
        ? [{ text: "", line }]
        : part.parts.flatMap((inner) => segmentsOf(inner, walk));
    case "SimpleExpansion":
      return [...textOfVariable(part.text.slice(1), part.text, line, walk)];
    case "ParameterExpansion":
      return parameter(part, walk, line);
    case "ArithmeticExpansion": {
      const value =
        part.expression === undefined
          ? null
          : arithmetic(part.expression, (name) =>
              textOf(textOfVariable(name, `$${name}`, line, walk)),
            );
      return value === null
        ? [{ text: part.text, line, problem: `is ${part.text}, which cannot be worked out here` }]
        : [{ text: String(value), line, from: `what ${part.text} comes to` }];
    }
    case "CommandExpansion":
      return [...walk.printed(part, line)];
    case "ProcessSubstitution":
      return [{ text: part.text, line, problem: onlyRun(part.text) }];
  }
}

function parameter(part: ParameterExpansionPart, walk: Walk, line: number): Segment[] {
  const { parameter: name, operation, prefix, index, text } = part;
  const given = /^\d$/.test(name) ? walk.positional?.[Number(name) - 1] : undefined;
  const value = given ? { array: [given] } : heldBy(name, line, walk);
  if (prefix === "#" && value && operation === undefined) {
    const length = "array" in value ? value.array.length : textOf(value.text)?.length;
    if (length !== undefined) return [{ text: String(length), line }];
  }
  if (prefix !== undefined) return [{ text, line, problem: `is ${text}, which is not read` }];
  if (index !== undefined) {
    const at = textOf(expandText(index, walk));
    const word =
      value && "array" in value && at !== null && /^\d+$/.test(at) ? value.array[Number(at)] : null;
    return word ? [segmentOf(word)] : [{ text, line, problem: `is ${text}, which is not read` }];
  }
  if (operation === undefined) return [...textOfVariable(name, text, line, walk)];
  const held = value === undefined ? null : asText(value);
  const now = held === null ? null : textOf(held);
  if (operation.type === "Default") {
    const { operator, operand } = operation;
    const colon = operator.startsWith(":");
    // Of a text that is not known nobody knows whether it is empty.
    if (held !== null && now === null) return [...held];
    const isGiven = now !== null && (now !== "" || !colon);
    const sign = operator.slice(-1);
    if (sign === "+") return isGiven ? expandText(operand, walk) : [];
    if (isGiven) return [...(held ?? [])];
    if (sign === "?") return [...textOfVariable(name, text, line, walk)];
    if (value === undefined && !/^\d/.test(name))
      ask(walk.environment, { name, line, default: true });
    const from = `what stands in the text in case $${name} is not set`;
    const instead = expandText(operand, walk).map((each) => ({ from, ...each }));
    if (sign === "=") walk.scope.variables.set(name, { text: instead });
    return instead;
  }
  if (now !== null && operation.type === "Remove") {
    const pattern = textOf(expandText(operation.operand, walk));
    const put = pattern === null ? null : removed(now, operation.operator, pattern);
    if (put !== null) return [{ text: put, line }];
  }
  if (now !== null && operation.type === "CaseModification" && operation.operand === undefined) {
    const put = { "^^": now.toUpperCase(), ",,": now.toLowerCase(), "^": null, ",": null }[
      operation.operator
    ];
    if (put !== null) return [{ text: put, line }];
  }
  if (held === null) return [...textOfVariable(name, text, line, walk)];
  return [{ text, line, problem: `is ${text}, which is not read` }];
}

/** A text without its beginning or end, of a pattern with at most one star, at its far side. */
function removed(text: string, operator: string, pattern: string): string | null {
  const plain = pattern.replaceAll("*", "");
  if (/[?[\]\\]/.test(pattern) || plain === "") return null;
  if (operator.startsWith("#")) {
    if (pattern === plain) return text.startsWith(plain) ? text.slice(plain.length) : text;
    if (pattern !== `*${plain}`) return null;
    const at = operator === "##" ? text.lastIndexOf(plain) : text.indexOf(plain);
    return at < 0 ? text : text.slice(at + plain.length);
  }
  if (pattern === plain) return text.endsWith(plain) ? text.slice(0, -plain.length) : text;
  if (pattern !== `${plain}*`) return null;
  const at = operator === "%%" ? text.indexOf(plain) : text.lastIndexOf(plain);
  return at < 0 ? text : text.slice(0, at);
}
