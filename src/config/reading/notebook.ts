interface Cell {
  cell_type: string;
  source: string;
}

/** The code of a Jupyter notebook, its cells one after the other; null where the text is none. */
export function notebookCode(text: string): string | null {
  if (!/^\s*\{/.test(text) || !text.includes('"cells"')) return null;
  const cells = cellsOf(text);
  if (cells === null) return null;
  return cells
    .filter(({ cell_type }) => cell_type === "code")
    .map(({ source }) => source.trimEnd())
    .join("\n\n");
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
