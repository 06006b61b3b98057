import type { Word } from "./flags.ts";

/** What a variable of a shell script is known to hold. */
type Variables = ReadonlyMap<string, string | null>;

/** Where a command's output goes: `2>&1`, `> log.txt`, `&>> log.txt`. */
const REDIRECTION = /^(\d|&)?>/;
const TOKEN =
  /(?:\d|&)?>{1,2}(?:&\d|[ \t]*[^\s;&|'"\\]+)|\\\n|[ \t]+|#[^\n]*|\n|;|&&|\|\|?|&|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|\\[\s\S]|[^\s;&|'"\\]+/g;

/**
 * The commands of a shell text, each a list of words. Quotes, continued lines, comments and plain
 * variables are understood; what a substitution would give is not known.
 */
export function shellCommands(source: string): Word[][] {
  const variables = assigned(source);
  const commands: Word[][] = [];
  let command: Word[] = [];
  let word: Word | null = null;
  let line = 1;
  let between = true;
  const endWord = () => {
    if (word) command.push(word);
    word = null;
  };
  const endCommand = () => {
    endWord();
    if (command.length > 0) commands.push(command);
    command = [];
  };
  for (const [token] of source.matchAll(TOKEN)) {
    if (REDIRECTION.test(token) || /^(\\\n|[ \t]+)$/.test(token)) {
      endWord();
      between = true;
    } else if (/^(\n|;|&&|\|\|?|&)$/.test(token)) {
      endCommand();
      between = true;
    } else if (!(between && token.startsWith("#"))) {
      word = joined(word, expanded(token, variables), line);
      between = false;
    }
    line += token.split("\n").length - 1;
  }
  endCommand();
  return commands;
}

function joined(before: Word | null, piece: Omit<Word, "line">, line: number): Word {
  return {
    ...before,
    ...piece,
    text: (before?.text ?? "") + piece.text,
    line: before?.line ?? line,
    ...(before?.problem === undefined ? {} : { problem: before.problem }),
  };
}

const SUBSTITUTION = /\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+|@|\*|#|\?)|\$\(|`|\$\{/g;

/** One token without its quotes, with what its variables hold. */
function expanded(token: string, variables: Variables): Omit<Word, "line"> {
  if (token.startsWith("'")) return { text: token.slice(1, -1) };
  const text = token.startsWith('"')
    ? token.slice(1, -1).replaceAll(/\\(["\\$`])/g, "$1")
    : token.startsWith("\\")
      ? token.slice(1)
      : token;
  let problem: string | undefined;
  let from: string | undefined;
  const put = text.replaceAll(
    SUBSTITUTION,
    (whole: string, braced?: string, fallback?: string, plain?: string) => {
      const name = braced ?? plain;
      const value = name === undefined ? undefined : variables.get(name);
      if (typeof value === "string") return value;
      if (value === undefined && fallback !== undefined && !fallback.includes("$")) {
        from = `what stands in the text in case $${name ?? ""} is not set`;
        return fallback;
      }
      problem = `is ${whole}, whose value is not known without running the script`;
      return whole;
    },
  );
  return { text: put, ...(problem && { problem }), ...(from && { from }) };
}

/** Variables that the text assigns once, to a text of its own; null for the others that it assigns. */
function assigned(source: string): Variables {
  const variables = new Map<string, string | null>();
  for (const [, name = "", value = ""] of source.matchAll(
    /^[ \t]*(?:export[ \t]+|local[ \t]+)?([A-Za-z_]\w*)=("[^"\n]*"|'[^'\n]*'|[^\s;&|]*)/gm,
  )) {
    const plain = value.replace(/^(["'])(.*)\1$/, "$2");
    const fallback = /^\$\{(\w+):-([^}$]*)\}$/.exec(plain);
    const known = fallback && fallback[1] === name ? (fallback[2] ?? "") : plain;
    variables.set(name, variables.has(name) || /[$`]/.test(known) ? null : known);
  }
  return variables;
}
