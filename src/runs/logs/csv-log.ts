import { COMMA_READ, csvRows, separatorOf, withPoint } from "../../base/csv-rows.ts";
import { createMetricsLog, isLog, type MetricsLog } from "./metrics-log.ts";

/** The names of a table's columns, two at least; null where the text is no table. */
export function columnsOf(text: string): string[] | null {
  const head = csvRows(text, separatorOf(text)).next();
  const { cells = [] } = head.done ? {} : head.value;
  return cells.length < 2 ? null : cells.map((name) => name.trim());
}

/** A history as CSV: wandb's, a chart's of it, or this page's; null where it is no log. */
export function readCsv(text: string): MetricsLog | null {
  const names = columnsOf(text);
  if (names === null || !isLog(names)) return null;
  const separator = separatorOf(text);
  const rows = csvRows(text, separator);
  rows.next();
  const shown = names.map((name) => name !== "" && !/__(MIN|MAX)$/.test(name));
  const log = createMetricsLog(
    names.includes("_step") ? "a history of wandb" : "a table of metrics",
  );
  const plain = (cell: string): string => {
    const point = withPoint(cell, separator);
    if (point !== cell) log.note(COMMA_READ);
    return point;
  };
  for (const { cells } of rows) {
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

/** This page's own tables have these three as they are. */
const cellOf = (name: string, cell: string): unknown =>
  name === "generation" || name === "inner_step" ? Number(cell) : cell;
