import type { Assignment, Command, HereDoc } from "unbash";
import { parse } from "unbash";
import type { Word } from "../reading/flags.ts";
import { assign } from "./assign.ts";
import { testHolds } from "./conditions.ts";
import { expand, expandText } from "./expand.ts";
import { hereText } from "./here-text.ts";
import { shownText, unknown, wordOf } from "./value.ts";
import { spend, type HereFile, type Walk } from "./walk.ts";

/** Deepest that functions call each other and commands hold commands. */
const MAX_DEPTH = 8;

/** Commands that assign. */
const ASSIGNING = /^(export|local|declare|readonly|typeset)$/;

/** Follows one simple command, and keeps it where it starts a program. */
export function runCommand(command: Command, walk: Walk): boolean | null {
  const assignments = command.prefix.filter((each) => each.type === "Assignment");
  if (command.name === undefined) {
    for (const each of assignments) assign(each, walk);
    return true;
  }
  const words = [...expand(command.name, walk), ...wordsOf(command, walk)];
  const [first] = words;
  const name = first?.problem === undefined ? (first?.text ?? "") : "";
  const arguments_ = words.slice(1);
  if (ASSIGNING.test(name)) {
    declare(command, walk);
    return true;
  }
  const builtin = BUILTINS[name];
  if (builtin) return builtin({ command, words: arguments_, walk });
  const own = walk.scope.functions.get(name);
  if (own) {
    callFunction(own.body, name, arguments_, walk);
    return null;
  }
  const inner = innerScript(words);
  if (inner && walk.depth < MAX_DEPTH) {
    within(inner, walk);
    return null;
  }
  keep(command, words, assignments, walk);
  return null;
}

const wordsOf = (command: Command, walk: Walk): Word[] =>
  command.args.flatMap((argument) => {
    if (argument.type === "Word") return expand(argument, walk);
    const line = walk.lineOf(argument.pos);
    const value = argument.value.type === "Word" ? expandText(argument.value, walk) : [];
    const before = `${argument.name}${argument.append ? "+" : ""}=`;
    return [wordOf([{ text: before, line }, ...value], line)];
  });

function keep(
  command: Command,
  words: readonly Word[],
  assignments: readonly Assignment[],
  walk: Walk,
): void {
  const environment = new Map<string, Word>();
  for (const name of walk.exported) {
    const value = walk.scope.variables.get(name);
    if (value && "text" in value) environment.set(name, wordOf(value.text, 1));
  }
  for (const { name, value, pos } of assignments) {
    if (value.type === "Word") {
      environment.set(name, wordOf(expandText(value, walk), walk.lineOf(pos)));
    }
  }
  const input = inputOf(command, walk);
  const into = writtenTo(command, words, walk);
  if (input && into !== null) {
    walk.files.set(into, input);
    return;
  }
  spend(walk, words.length);
  const line = walk.lineOf(command.pos);
  walk.commands.push({ words, environment, line, input, only: walk.only });
}

function inputOf({ redirects }: Command, walk: Walk): HereFile | null {
  const here = redirects.find((each): each is HereDoc => each.type === "HereDoc");
  return here ? { text: hereText(here, walk), line: walk.lineOf(here.body.pos) } : null;
}

/** The file that a here-document goes to: `cat > FILE <<EOF` or `tee FILE <<EOF`. */
function writtenTo({ redirects }: Command, words: readonly Word[], walk: Walk): string | null {
  const name = words[0]?.text;
  if (name === "tee")
    return words.find(({ text }, i) => i > 0 && !text.startsWith("-"))?.text ?? null;
  if (name !== "cat") return null;
  for (const each of redirects) {
    if (each.type === "Redirect" && /^&?>[>|]?$/.test(each.operator) && each.target) {
      return shownText(expandText(each.target, walk));
    }
  }
  return null;
}

function declare(command: Command, walk: Walk): void {
  const exports = command.name?.value === "export";
  for (const each of command.args) {
    if (each.type === "Assignment") assign(each, walk);
    if (exports) walk.exported.add(each.type === "Assignment" ? each.name : each.value);
  }
}

interface Called {
  command: Command;
  words: readonly Word[];
  walk: Walk;
}

const BUILTINS: Readonly<Record<string, (called: Called) => boolean | null>> = {
  exit: ({ walk }) => {
    walk.scope.ended = true;
    return null;
  },
  "[": ({ words }) => testHolds(words.slice(0, -1)),
  test: ({ words }) => testHolds(words),
  true: () => true,
  false: () => false,
  ":": () => true,
  echo: () => null,
  printf: () => null,
  unset: ({ words, walk }) => {
    for (const { text } of words) walk.scope.variables.delete(text);
    return true;
  },
  read: ({ command, words, walk }) => {
    const name = words.findLast(({ text }) => /^[A-Za-z_]\w*$/.test(text));
    const input = inputOf(command, walk);
    const line = walk.lineOf(command.pos);
    const whole = words.some(({ text }) => /^-\w*d/.test(text));
    if (!name) return null;
    const value =
      input && whole
        ? { text: input.text }
        : unknown(`$${name.text}`, line, `is read from elsewhere in line ${line}`);
    walk.scope.variables.set(name.text, value);
    return null;
  },
  mapfile: ({ command, words, walk }) => {
    const name = words.at(-1)?.text ?? "";
    const line = walk.lineOf(command.pos);
    walk.scope.variables.set(
      name,
      unknown(`$${name}`, line, `is read from elsewhere in line ${line}`),
    );
    return null;
  },
  source: sourced,
  ".": sourced,
  shift: ({ words, walk }) => {
    const by = Number(words[0]?.text ?? 1);
    if (walk.positional) walk.positional = walk.positional.slice(by);
    return true;
  },
  set: ({ words, walk }) => {
    const at = words.findIndex(({ text }) => text === "--");
    if (at >= 0) walk.positional = words.slice(at + 1);
    return true;
  },
  eval: ({ words, walk }) => {
    const [first] = words;
    if (first && walk.depth < MAX_DEPTH) {
      within({ text: words.map(({ text }) => text).join(" "), line: first.line }, walk);
    }
    return null;
  },
};

function sourced({ command, words: [file], walk }: Called): null {
  if (file) walk.scope.sourced.push(`${file.text} in line ${walk.lineOf(command.pos)}`);
  return null;
}

/** The script in `bash -c "…"`, whatever starts it. */
function innerScript(words: readonly Word[]): Word | null {
  const at = words.findIndex(({ text }) => /^(?:\/\S*\/)?(?:ba|z|da)?sh$/.test(text));
  if (at < 0) return null;
  for (let i = at + 1; i < words.length; i++) {
    const text = words[i]?.text ?? "";
    if (!/^[-+]/.test(text)) return null;
    if (/^-[a-z]*c$/.test(text)) return words[i + 1] ?? null;
  }
  return null;
}

/** Follows a script within a script: its lines are those of the word that it is. */
function within({ text, line }: { text: string; line: number }, walk: Walk): void {
  const { lineOf, source } = walk;
  const starts = [...text.matchAll(/\n/g)].map(({ index }) => index);
  walk.source = text;
  walk.lineOf = (position) => line + starts.filter((start) => start < position).length;
  walk.depth++;
  walk.runList(parse(text).commands);
  walk.depth--;
  walk.lineOf = lineOf;
  walk.source = source;
}

function callFunction(
  body: Parameters<Walk["run"]>[0],
  name: string,
  words: readonly Word[],
  walk: Walk,
): void {
  walk.called.add(name);
  if (walk.depth >= MAX_DEPTH) return;
  const { positional } = walk;
  walk.positional = words;
  walk.depth++;
  walk.run(body);
  walk.depth--;
  walk.positional = positional;
}
