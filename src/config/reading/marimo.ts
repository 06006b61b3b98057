import type { NotebookCode } from "./notebook.ts";

/**
 * The code of a marimo notebook, whose cells are functions that hand their names on to each other:
 * their bodies one after the other, every line where it was; null where the text is none.
 */
export function marimoCode(text: string): NotebookCode | null {
  if (!/^(?:import marimo|from marimo import)\b/m.test(text) || !/^@app\.cell\b/m.test(text)) {
    return null;
  }
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const cells: number[] = [];
  let inside: "head" | "body" | null = null;
  let returning = false;
  const code = lines.map((line, i) => {
    if (/^(?:@app\.cell|with app\.setup)\b/.test(line)) {
      cells.push(i);
      inside = "head";
      if (/^with\b/.test(line)) inside = "body";
      return "";
    }
    if (inside === "head") {
      // `def _(mo):`, or over several lines up to `):`
      if (/^(?:(?:async )?def .*|\).*):\s*$/.test(line)) inside = "body";
      return "";
    }
    if (inside === null) return line;
    if (/^\S/.test(line) && !/^["')]/.test(line)) {
      inside = null;
      return line;
    }
    if (/^ {4}return\b/.test(line)) {
      returning = line.trimEnd().endsWith("(");
      return "";
    }
    if (returning) {
      if (/^ {4}\)/.test(line)) returning = false;
      return "";
    }
    return line.replace(/^ {4}/, "");
  });
  return { code: code.join("\n"), cells };
}
