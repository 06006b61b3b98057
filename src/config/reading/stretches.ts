/** A text's lines by their language, each in its place: lines of another are blank. */
export interface Stretches {
  python: string;
  shell: string;
}

/** Ends what `%%writefile` writes, in the blank line between cells. */
const END = "__END_OF_CELL__";

/**
 * What of a notebook is Python and what is for the shell: `!` lines, `%%bash` cells, `%env`, and what
 * `%%writefile` writes, which a command may read. Null where all of it is Python.
 * @param cells Lines, from 0, that cells begin in.
 */
export function stretchesOf(source: string, cells: readonly number[]): Stretches | null {
  if (!/^[ \t]*(?:!|%)/m.test(source)) return null;
  const lines = source.split("\n");
  const python = lines.map(() => "");
  const shell = lines.map(() => "");
  for (const [i, start] of cells.entries()) {
    const end = cells[i + 1] ?? lines.length + 1;
    const first = lines.findIndex((line, k) => k >= start && line.trim() !== "");
    const [, magic = "", rest = ""] = /^%%(\w+)(.*)$/.exec(lines[first] ?? "") ?? [];
    const body = (put: string[]) => {
      for (let k = first + 1; k < end && k < lines.length; k++) put[k] = lines[k] ?? "";
    };
    const file = rest.trim().replace(/^-a\s+/, "");
    if (first >= end) continue;
    if (/^(?:bash|sh|shell)$/.test(magic) || (magic === "script" && /\bsh\b|bash/.test(rest))) {
      body(shell);
    } else if (/^(?:writefile|file)$/.test(magic) && !/\.(?:py|sh)$/.test(file)) {
      body(shell);
      shell[first] = `cat > ${file} <<'${END}'`;
      shell[end - 1] = END;
    } else if (magic !== "" && file.endsWith(".sh")) body(shell);
    else if (magic !== "") body(python);
    else mixed(lines, first, end, python, shell);
  }
  return { python: python.join("\n"), shell: shell.join("\n") };
}

/** A cell of Python with lines for the shell in it. */
function mixed(
  lines: readonly string[],
  from: number,
  to: number,
  python: string[],
  shell: string[],
): void {
  let goesOn = false;
  for (let k = from; k < to && k < lines.length; k++) {
    const line = lines[k] ?? "";
    const [, environment] = /^[ \t]*%(?:set_)?env\s+(\w+\s*=?.*)$/.exec(line) ?? [];
    if (goesOn || /^[ \t]*!/.test(line)) {
      // Jupyter puts in what a name of Python holds.
      const command = goesOn ? line : line.replace(/^[ \t]*!+/, "");
      shell[k] = command.replaceAll(/(?<![$\w{])\{(\w+)\}/g, "${$1}");
      goesOn = line.endsWith("\\");
    } else if (environment !== undefined) {
      shell[k] = `export ${environment.replace(/^(\w+)\s*[= ]\s*/, "$1=")}`;
    } else if (!/^[ \t]*%/.test(line)) python[k] = line;
  }
}

const FENCE = /^[ \t]*(`{3,}|~{3,})[ \t]*\{?\.?([\w+-]*)/;

/** Blocks of a document that are read; a model's card has a few. */
const MAX_BLOCKS = 30;

/**
 * The blocks of code of a Markdown document, each as the text with all other lines blank. Empty where
 * the text is none: what is Python around its fences has them in a docstring.
 */
export function blocksOf(source: string): string[] {
  if (!/^[ \t]*(?:```|~~~)/m.test(source)) return [];
  const lines = source.split("\n");
  const blocks: string[] = [];
  const outside: string[] = [];
  let open: { mark: string; from: number } | null = null;
  for (const [i, line] of lines.entries()) {
    const [, mark] = FENCE.exec(line) ?? [];
    if (open === null) {
      if (mark !== undefined) open = { mark, from: i };
      else outside.push(line);
    } else if (mark?.startsWith(open.mark) && line.trim() === mark) {
      if (blocks.length < MAX_BLOCKS) {
        const { from } = open;
        blocks.push(
          lines
            .slice(0, i)
            .map((each, k) => (k > from ? each : ""))
            .join("\n"),
        );
      }
      open = null;
    }
  }
  return isPython(outside.join("\n")) ? [] : blocks;
}

/** Whether a text is Python by its imports and definitions, and no script that writes some. */
export const isPython = (source: string): boolean => PYTHON.test(source) && !SHELL.test(source);

const SHELL = /^#!.*\b(?:ba|z|da)?sh\b|\b(?:cat|tee|read|bash|python3?)\b[^\n]*<<-?\s*['"\\]?\w/;

const PYTHON =
  /^(?:from\s+[\w.]+\s+import\s|import\s+[\w.]+|(?:async\s+)?def\s+\w+\(|class\s+\w+)/m;

/** How a line begins that starts a training. */
const STARTS =
  /^[ \t]*(?:[$>]\s+|Usage:\s*)?((?:[A-Z_]+=\S*\s+)*(?:accelerate|torchrun|deepspeed|python3?|uv|trl|swift|megatron|axolotl|ray|srun|bash)\s.*)$/;

/**
 * The commands in a Python script's docstrings and comments, by which people show how it is started,
 * each in its place; all else is blank.
 */
export function proseOf(source: string): string {
  const inString = new Set<number>();
  for (const { 0: text, index } of source.matchAll(/("""|''')[\s\S]*?\1/g)) {
    const first = source.slice(0, index).split("\n").length - 1;
    for (let k = 0; k < text.split("\n").length; k++) inString.add(first + k);
  }
  let goesOn = false;
  const lines = source.split("\n").map((line, i) => {
    const text = inString.has(i)
      ? line.replaceAll(/"""|'''/g, "")
      : (/^[ \t]*#(?!!)[ \t]?(.*)$/.exec(line)?.[1] ?? "");
    const kept = goesOn ? text : STARTS.exec(text)?.[1];
    goesOn = kept?.trimEnd().endsWith("\\") === true;
    return kept ?? "";
  });
  return lines.join("\n");
}
