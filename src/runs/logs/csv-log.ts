import { createMetricsLog, type MetricsLog } from "./metrics-log.ts";

/** A history as CSV: wandb's, a chart's of it, or this page's; null where it has no number to show. */
export function readCsv(text: string): MetricsLog | null {
  const rows = rowsOf(text);
  const head = rows.next();
  if (head.done || head.value.length < 2) return null;
  const names = head.value.map((name) => name.trim());
  const shown = names.map((name) => name !== "" && !/__(MIN|MAX)$/.test(name));
  const log = createMetricsLog(
    names.includes("_step") ? "a history of wandb" : "a table of metrics",
  );
  for (const cells of rows) {
    log.add(
      Object.fromEntries(
        names.flatMap((name, i) => (shown[i] && cells[i] ? [[name, cellOf(name, cells[i])]] : [])),
      ),
    );
  }
  const read = log.finish();
  return read.lines.length === 0 ? null : read;
}

/** This page's own tables have these three as they are. */
const cellOf = (name: string, cell: string): unknown =>
  name === "generation" || name === "inner_step" ? Number(cell) : cell;

/** Rows of RFC 4180: quotes around a cell, doubled within, may hold commas and lines. */
function* rowsOf(text: string): Generator<string[]> {
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
      const end = /[,\r\n]/g;
      end.lastIndex = at;
      const found = end.exec(text);
      cell = text.slice(at, found?.index ?? text.length);
      at = found?.index ?? text.length;
    }
    cells.push(cell);
    if (text[at] === ",") {
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
