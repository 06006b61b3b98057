import { marimoCode } from "./marimo.ts";

interface Cell {
  cell_type: string;
  source: string;
}

/** The code of a notebook, its cells one after the other with a blank line between. */
export interface NotebookCode {
  code: string;
  /** The lines, from 0, that its cells begin in. */
  cells: readonly number[];
}

/** The code of a Jupyter or marimo notebook; null where the text is none. */
export function notebookCode(text: string): NotebookCode | null {
  if (!/^\s*\{/.test(text)) return marimoCode(text);
  if (!text.includes('"cells"')) return null;
  const cells = cellsOf(text)?.filter(({ cell_type }) => cell_type === "code");
  if (!cells) return null;
  const sources = cells.map(({ source }) => source.replaceAll("\r\n", "\n").trimEnd());
  let line = 0;
  const starts = sources.map((source) => {
    const start = line;
    line += source.split("\n").length + 1;
    return start;
  });
  return { code: sources.join("\n\n"), cells: starts };
}

function cellsOf(text: string): Cell[] | null {
  let notebook: unknown;
  try {
    notebook = JSON.parse(text);
  } catch {
    return null;
  }
  const cells = property(notebook, "cells");
  if (!Array.isArray(cells)) return null;
  return cells.map((cell: unknown) => {
    const source = property(cell, "source");
    const lines: unknown[] = Array.isArray(source) ? source : [source];
    return {
      cell_type: String(property(cell, "cell_type")),
      source: lines.filter((line) => typeof line === "string").join(""),
    };
  });
}

const property = (value: unknown, name: string): unknown =>
  value !== null && typeof value === "object"
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
