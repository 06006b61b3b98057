import { UserError } from "../../base/user-error.ts";
import {
  type CompletionsLog,
  isCompletion,
  readCompletions,
  stepInName,
} from "./completions-log.ts";
import { readConsole } from "./console-log.ts";
import { readCsv } from "./csv-log.ts";
import { refusalByContent, refusalByName, refusalOfText } from "../formats/file-kind.ts";
import { isObject, readJsonHistory, readJsonLines } from "./json-log.ts";
import { parsePythonJson } from "./log-json.ts";
import { METRICS_LIMITS, type MetricsLog } from "./metrics-log.ts";
import { isParquet, readParquet } from "./parquet.ts";
import { isEventFile, readEvents } from "./tensorboard-log.ts";

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
  const text = new TextDecoder().decode(bytes).replace(/^\uFEFF/, "");
  return /^\s*[[{]/.test(text) && !/^\s*\{\s*'/.test(text)
    ? jsonOf(path, text)
    : textOf(path, text);
}

function jsonOf(path: string, text: string): ForeignLog {
  const whole = parsed(text);
  const lines = whole === undefined ? linesOf(text) : Array.isArray(whole) ? whole : [whole];
  if (lines === null) return textOf(path, text);
  if (lines.length > 0 && lines.every(isCompletion)) return completionsOf(path, lines);
  const log = (whole === undefined ? null : readJsonHistory(whole)) ?? readJsonLines(text);
  if (log !== null) return { what: "metrics", log };
  throw refusalByContent(path, lines[0]);
}

function textOf(path: string, text: string): ForeignLog {
  const log = readConsole(text) ?? (/^[^\n]*,/.test(text) ? readCsv(text) : null);
  if (log === null) throw refusalOfText(path, text);
  return { what: "metrics", log };
}

function completionsOf(path: string, rows: readonly unknown[]): ForeignLog {
  const [first] = rows;
  if (!isCompletion(first)) throw refusalByContent(path, first);
  return { what: "completions", log: readCompletions(rows, stepInName(path)) };
}

function parsed(text: string): unknown {
  try {
    return parsePythonJson(text);
  } catch {
    return undefined;
  }
}

/** Lines of JSON objects; null where one is something else. */
function linesOf(text: string): unknown[] | null {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const values = lines.map(parsed);
  return values.every(isObject) ? values : null;
}
