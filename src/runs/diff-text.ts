import type { DiffRow } from "./config-diff.ts";
import { csvText } from "../base/csv.ts";

/** What a difference between runs can be copied as. */
export type DiffForm = "text" | "latex" | "csv";

/** The table as text; `names` are the runs', in the order of the values. */
export function diffText(
  rows: readonly DiffRow[],
  names: readonly string[],
  form: DiffForm,
): string {
  const table = [
    ["field", "TRL default", ...names],
    ...rows.map(({ field, trlDefault, values }) => [field, trlDefault ?? "", ...values]),
  ];
  switch (form) {
    case "text":
      return aligned(table);
    case "latex":
      return latex(table);
    case "csv":
      return `${table.map((cells) => cells.map(csvText).join(",")).join("\n")}\n`;
    default:
      return form satisfies never;
  }
}

/** Columns of equal width, two spaces apart. */
function aligned(table: readonly (readonly string[])[]): string {
  const widths = table[0]!.map((_, column) =>
    Math.max(...table.map((cells) => cells[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd();
  return `${table.map(line).join("\n")}\n`;
}

/** A `tabular` for the booktabs package; field names in typewriter type. */
function latex([head, ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `${cells.join(" & ")} \\\\`;
  return [
    `\\begin{tabular}{${"l".repeat(head!.length)}}`,
    "\\toprule",
    line(head!.map(escaped)),
    "\\midrule",
    ...rows.map(([field, ...values]) =>
      line([`\\texttt{${escaped(field!)}}`, ...values.map(escaped)]),
    ),
    "\\bottomrule",
    "\\end{tabular}",
    "",
  ].join("\n");
}

const LATEX: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
};

const escaped = (text: string): string =>
  text.replace(/[\\~^&%$#_{}]/g, (sign) => LATEX[sign] ?? `\\${sign}`);
