/** Between cells, by the one that the head has most of; a semicolon goes with decimal commas. */
const SEPARATORS = [",", ";", "\t"] as const;
export type Separator = (typeof SEPARATORS)[number];

export function separatorOf(text: string): Separator {
  const [head = ""] = text.split("\n", 1);
  const counts = SEPARATORS.map((separator) => head.split(separator).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))] ?? ",";
}

const DECIMAL_COMMA = /^\s*[-+]?\d*,\d+(e[-+]?\d+)?\s*$/i;

/** A cell with a decimal point where it has a decimal comma. */
export const withPoint = (cell: string, separator: Separator): string =>
  separator === ";" && DECIMAL_COMMA.test(cell) ? cell.replace(",", ".") : cell;

/** Said where that changed a cell. */
export const COMMA_READ = "A comma within a number is read as its decimal point.";

/** A row of a table, and where it begins in the text. */
export interface CsvRow {
  cells: string[];
  from: number;
}

/** Rows of RFC 4180: quotes around a cell, doubled within, may hold separators and lines. */
export function* csvRows(text: string, separator: Separator): Generator<CsvRow> {
  let cells: string[] = [];
  let at = 0;
  let from = 0;
  while (at < text.length) {
    let cell = "";
    if (text[at] === '"') {
      const parts: string[] = [];
      at++;
      for (;;) {
        const end = text.indexOf('"', at);
        parts.push(text.slice(at, end === -1 ? text.length : end));
        at = end === -1 ? text.length : end + 1;
        if (text[at] !== '"') break;
        parts.push('"');
        at++;
      }
      cell = parts.join("");
    } else {
      const end = new RegExp(`[${separator}\\r\\n]`, "g");
      end.lastIndex = at;
      const found = end.exec(text);
      cell = text.slice(at, found?.index ?? text.length);
      at = found?.index ?? text.length;
    }
    cells.push(cell);
    if (text[at] === separator) {
      at++;
      if (at < text.length) continue;
      cells.push("");
    }
    if (text[at] === "\r") at++;
    if (text[at] === "\n" || at >= text.length) {
      at++;
      if (cells.some((each) => each !== "")) yield { cells, from };
      cells = [];
      from = at;
    }
  }
}
