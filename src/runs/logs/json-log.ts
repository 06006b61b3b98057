import { parsePythonJson } from "./log-json.ts";
import { createMetricsLog, type MetricsLog } from "./metrics-log.ts";

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

/** Metrics as JSON lines: wandb's history, ms-swift's logging.jsonl, this page's; null where none. */
export function readJsonLines(text: string): MetricsLog | null {
  const rows: unknown[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    try {
      rows.push(parsePythonJson(line));
    } catch {
      return null;
    }
  }
  return historyOf(kindOf(rows.find(isObject) ?? {}), rows);
}

const kindOf = (row: Row): string =>
  "global_step/max_steps" in row
    ? "logging.jsonl of ms-swift"
    : "_step" in row
      ? "a history of wandb"
      : "a log of metrics";

/** At least one row must have what a trainer logs, or any list of objects would be one. */
const LOGGED =
  /^(train\/|eval[_/])?(loss|reward|grad_norm|learning_rate|epoch|kl|entropy)$|^actor\//;

function historyOf(kind: string, rows: readonly unknown[]): MetricsLog | null {
  const log = createMetricsLog(kind);
  let known = false;
  for (const row of rows) {
    if (!isObject(row)) return null;
    // The summaries at a run's end, transformers' and ms-swift's, which are of no step.
    if ("train_runtime" in row || "log_history" in row) continue;
    // A data set may have a reward in each row as well.
    if ("messages" in row || "prompt" in row) return null;
    known ||= Object.keys(row).some((name) => LOGGED.test(name));
    log.add(row);
  }
  const read = log.finish();
  return known && read.lines.length > 0 ? read : null;
}
