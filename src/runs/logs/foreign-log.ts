import { decodeText } from "../../base/decode-text.ts";
import { isSetting, isSpecific } from "../../config/reading/recognise.ts";
import { UserError } from "../../base/user-error.ts";
import {
  type CompletionsLog,
  isCompletion,
  readCompletions,
  stepInName,
} from "./completions-log.ts";
import { readConsole } from "./console-log.ts";
import { columnsOf, readCsv } from "./csv-log.ts";
import { refusalByContent, refusalByName, refusalOfText } from "../formats/file-kind.ts";
import { rowsByColumns } from "./json-columns.ts";
import { CUT, jsonLines, parsedJson, readJsonHistory, readJsonRows } from "./json-log.ts";
import { isLog, METRICS_LIMITS, type MetricsLog } from "./metrics-log.ts";
import { isParquet, readParquet } from "./parquet.ts";
import { isEventFile, readEvents } from "./tensorboard-log.ts";
import { readVerlConsole } from "./verl-console.ts";

/** What a file holds of a run besides the log-probabilities of tokens. */
export type ForeignLog =
  | { what: "metrics"; log: MetricsLog }
  | { what: "completions"; log: CompletionsLog };

/** Whether a file begins as a log of tokens does: it is read piece by piece, whatever its size. */
export const beginsTokenLog = (head: string): boolean =>
  /^\s*\{\s*"config"\s*:/.test(head) ||
  /^\s*\{[^\n]*"(?:prompt_ids|prompt_mask|completion_ids|per_token_logps|response_ids|old_log_probs)"\s*:/.test(
    head,
  );

/**
 * Metrics or completions from a file, by what is in it rather than by its name.
 *
 * @throws UserError that names the kind of a file that is neither.
 */
export async function readForeign(path: string, bytes: Uint8Array): Promise<ForeignLog> {
  if (bytes.length > METRICS_LIMITS.bytes) {
    throw new UserError(
      `${path} has ${bytes.length} bytes; of a log without tokens ${METRICS_LIMITS.bytes} are read at most.`,
      "Import a part of it.",
    );
  }
  if (isParquet(bytes)) return completionsOf(path, await readParquet(bytes));
  if (isEventFile(path)) return { what: "metrics", log: readEvents(bytes) };
  const refused = refusalByName(path, bytes);
  if (refused !== null) throw refused;
  const text = decodeText(bytes);
  return /^\s*[[{]/.test(text) && !/^\s*\{\s*'/.test(text)
    ? jsonOf(path, text)
    : textOf(path, text);
}

function jsonOf(path: string, text: string): ForeignLog {
  const whole = parsedJson(text);
  const lines = whole === undefined ? jsonLines(text) : null;
  if (whole === undefined && lines === null) return textOf(path, text);
  const columns = rowsByColumns(path, whole);
  const rows: readonly unknown[] =
    lines?.rows ?? columns?.rows ?? (Array.isArray(whole) ? whole : [whole]);
  const foreign = rowsOf(path, rows, columns === null ? whole : undefined);
  if (foreign === null) throw refusalByContent(path, rows[0], "JSON");
  const more = [...(columns?.notes ?? []), ...(lines?.cut === true ? [CUT] : [])];
  if (more.length === 0) return foreign;
  const { what, log } = foreign;
  const notes = [...log.notes, ...more];
  return what === "metrics" ? { what, log: { ...log, notes } } : { what, log: { ...log, notes } };
}

function rowsOf(path: string, rows: readonly unknown[], whole: unknown): ForeignLog | null {
  if (rows.length > 0 && rows.every(isCompletion)) return completionsOf(path, rows);
  const log = (whole === undefined ? null : readJsonHistory(whole)) ?? readJsonRows(rows);
  return log && { what: "metrics", log };
}

function textOf(path: string, text: string): ForeignLog {
  const columns = columnsOf(text);
  const settings =
    columns !== null && isSpecific(columns) && !isLog(columns.filter((name) => !isSetting(name)));
  const log = settings ? null : (readConsole(text) ?? readVerlConsole(text) ?? readCsv(text));
  if (log !== null) return { what: "metrics", log };
  if (columns === null || !(settings || /\.(csv|tsv)$/i.test(path)))
    throw refusalOfText(path, text);
  throw refusalByContent(path, Object.fromEntries(columns.map((name) => [name, ""])), "a table");
}

function completionsOf(path: string, rows: readonly unknown[]): ForeignLog {
  const [first] = rows;
  if (!isCompletion(first)) throw refusalByContent(path, first, "a table");
  return { what: "completions", log: readCompletions(rows, stepInName(path)) };
}
