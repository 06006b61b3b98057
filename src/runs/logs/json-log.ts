import { parsePythonJson } from "./log-json.ts";
import { createMetricsLog, isLog, type MetricsLog } from "./metrics-log.ts";

type Row = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Row =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** A `trainer_state.json` of transformers, a history as a list, or null. */
export function readJsonHistory(value: unknown): MetricsLog | null {
  if (isObject(value) && Array.isArray(value.log_history)) {
    return historyOf("trainer_state.json of transformers", value.log_history);
  }
  if (isObject(value) && Array.isArray(value.history)) return historyOf("a history", value.history);
  return Array.isArray(value) ? historyOf("a history", value) : null;
}

/** Metrics of JSON lines: wandb's history, ms-swift's logging.jsonl, this page's; null where none. */
export const readJsonRows = (rows: readonly unknown[]): MetricsLog | null =>
  historyOf(kindOf(rows.find(isObject) ?? {}), rows);

/** Said of a file whose writer was stopped in the middle of a line. */
export const CUT = "The last line is cut off in the middle and left out.";

/**
 * The values of JSON lines, all of them objects; null where one is something else. A last line
 * without its end, as a writer leaves it that was stopped, is left out: then `cut` is true.
 */
export function jsonLines(text: string): { rows: Row[]; cut: boolean } | null {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const rows: Row[] = [];
  for (const [i, line] of lines.entries()) {
    const value = parsedJson(line);
    if (isObject(value)) rows.push(value);
    else if (value === undefined && i > 0 && i === lines.length - 1 && !text.endsWith("\n")) {
      return { rows, cut: true };
    } else return null;
  }
  return { rows, cut: false };
}

/** The value of JSON with Python's NaN and Infinity; undefined where it is none. */
export function parsedJson(text: string): unknown {
  try {
    return parsePythonJson(text);
  } catch {
    return undefined;
  }
}

const kindOf = (row: Row): string =>
  "global_step/max_steps" in row
    ? "logging.jsonl of ms-swift"
    : "_step" in row
      ? "a history of wandb"
      : "a log of metrics";

function historyOf(kind: string, rows: readonly unknown[]): MetricsLog | null {
  const log = createMetricsLog(kind);
  let known = false;
  for (const row of rows) {
    if (!isObject(row)) return null;
    // The summaries at a run's end, transformers' and ms-swift's, which are of no step.
    if ("train_runtime" in row || "log_history" in row) continue;
    known ||= isLog(Object.keys(row));
    log.add(row);
  }
  const read = log.finish();
  return known && read.lines.length > 0 ? read : null;
}
