import { createMetricsLog, isLog, type MetricsLog } from "./metrics-log.ts";

/** Between cells, by the one that the head has most of; a semicolon goes with decimal commas. */
const SEPARATORS = [",", ";", "\t"] as const;
type Separator = (typeof SEPARATORS)[number];

/** The names of a table's columns, two at least; null where the text is no table. */
export function columnsOf(text: string): string[] | null {
  const head = rowsOf(text, separatorOf(text)).next();
  return head.done || head.value.length < 2 ? null : head.value.map((name) => name.trim());
}

/** A history as CSV: wandb's, a chart's of it, or this page's; null where it is no log. */
export function readCsv(text: string): MetricsLog | null {
  const names = columnsOf(text);
  if (names === null || !isLog(names)) return null;
  const separator = separatorOf(text);
  const rows = rowsOf(text, separator);
  rows.next();
  const shown = names.map((name) => name !== "" && !/__(MIN|MAX)$/.test(name));
  const log = createMetricsLog(
    names.includes("_step") ? "a history of wandb" : "a table of metrics",
  );
  const plain = (cell: string): string => {
    if (separator !== ";" || !DECIMAL_COMMA.test(cell)) return cell;
    log.note("A comma within a number is read as its decimal point.");
    return cell.replace(",", ".");
  };
  for (const cells of rows) {
    log.add(
      Object.fromEntries(
        names.flatMap((name, i) =>
          shown[i] && cells[i] ? [[name, cellOf(name, plain(cells[i]))]] : [],
        ),
      ),
    );
  }
  const read = log.finish();
  return read.lines.length === 0 ? null : read;
}

const DECIMAL_COMMA = /^\s*[-+]?\d*,\d+(e[-+]?\d+)?\s*$/i;

function separatorOf(text: string): Separator {
  const [head = ""] = text.split("\n", 1);
  const counts = SEPARATORS.map((separator) => head.split(separator).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))] ?? ",";
}

/** This page's own tables have these three as they are. */
const cellOf = (name: string, cell: string): unknown =>
  name === "generation" || name === "inner_step" ? Number(cell) : cell;

/** Rows of RFC 4180: quotes around a cell, doubled within, may hold separators and lines. */
function* rowsOf(text: string, separator: Separator): Generator<string[]> {
  let cells: string[] = [];
  let at = 0;
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
      if (cells.some((each) => each !== "")) yield cells;
      cells = [];
    }
  }
}
