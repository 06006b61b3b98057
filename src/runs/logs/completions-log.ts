import { UserError } from "../../base/user-error.ts";
import { isObject } from "./json-log.ts";

/** A completion as a table or a dump has it: without the log-probability of any of its tokens. */
export interface TextRow {
  step: number;
  prompt: string;
  completion: string;
  /** By function; null where it said nothing. */
  rewards: Readonly<Record<string, number | null>>;
  advantage: number | null;
}

export interface CompletionsLog {
  /** What kind of file it was, e.g. "a completions table of TRL". */
  kind: string;
  rows: readonly TextRow[];
  /** What a person should know of how it was read, in sentences. */
  notes: readonly string[];
}

export const COMPLETIONS_LIMITS = { rows: 65_536, text: 100_000, total: 2 ** 26, rewards: 32 };

/** What a trainer writes beside a completion, and a data set of prompts and answers has not. */
const TRAINED = ["step", "advantage", "reward", "score", "gts"];

/** What holds prompt and completion, in TRL's tables and in verl's dumps. */
const FORMS = [
  { kind: "a completions table of TRL", prompt: "prompt", completion: "completion" },
  { kind: "a rollout dump of verl", prompt: "input", completion: "output" },
] as const;

/** Whether a row is one of a table or dump of completions. */
export const isCompletion = (row: unknown): boolean => isObject(row) && formOf(row) !== undefined;

const formOf = (row: Readonly<Record<string, unknown>>) =>
  TRAINED.some((name) => name in row)
    ? FORMS.find(({ prompt, completion }) => prompt in row && completion in row)
    : undefined;

/**
 * The completions of a table's rows; a column of numbers is a reward function's.
 *
 * @throws UserError naming the row that has no prompt or completion.
 */
export function readCompletions(
  rows: readonly unknown[],
  stepInName: number | null,
): CompletionsLog {
  if (rows.length > COMPLETIONS_LIMITS.rows) {
    throw new UserError(
      `The table has ${rows.length} completions; ${COMPLETIONS_LIMITS.rows} are read at most.`,
      "Import a part of its steps.",
    );
  }
  const notes: string[] = [];
  const objects = rows.filter(isObject);
  const form = objects.map(formOf).find((each) => each !== undefined);
  const names = new Set(objects.flatMap((row) => Object.keys(row)));
  const other = new Set(["step", "advantage", form?.prompt, form?.completion]);
  const columns = [...names].filter((name) => !other.has(name));
  const rewards = columns.filter((name) => objects.some((row) => numericOf(row[name]) !== null));
  const unread = columns.filter((name) => !rewards.includes(name));
  if (rewards.length > COMPLETIONS_LIMITS.rewards) {
    unread.push(...rewards.splice(COMPLETIONS_LIMITS.rewards));
  }
  let total = 0;
  let cut = 0;
  const textOf = (value: unknown): string => {
    const text = spoken(value);
    if (text.length > COMPLETIONS_LIMITS.text) cut++;
    const shown = text.slice(0, COMPLETIONS_LIMITS.text);
    total += shown.length;
    if (total <= COMPLETIONS_LIMITS.total) return shown;
    throw new UserError(
      `The table's texts have more than ${COMPLETIONS_LIMITS.total} characters.`,
      "Import a part of its steps.",
    );
  };
  const read = rows.map((row, i): TextRow => {
    if (!isObject(row) || form === undefined || !(form.prompt in row && form.completion in row)) {
      throw new UserError(
        `Row ${i + 1} of the table has no prompt and completion.`,
        "TRL's tables have prompt and completion, verl's dumps input and output.",
      );
    }
    const step = numericOf(row.step) ?? stepInName ?? 1;
    return {
      step: Number.isInteger(step) && step >= 0 && step <= 1e9 ? step : 1,
      prompt: textOf(row[form.prompt]),
      completion: textOf(row[form.completion]),
      rewards: Object.fromEntries(rewards.map((name) => [name, finite(numericOf(row[name]))])),
      advantage: finite(numericOf(row.advantage)),
    };
  });
  if (unread.length > 0)
    notes.push(`Not shown: ${unread.map((name) => name.slice(0, 60)).join(", ")}.`);
  if (cut > 0) notes.push(`${cut} texts are cut at ${COMPLETIONS_LIMITS.text} characters.`);
  return { kind: form?.kind ?? "a table of completions", rows: read, notes };
}

/** The step in a file's name: `completions_00010.parquet` of TRL, `10.jsonl` of verl. */
export function stepInName(path: string): number | null {
  const found = /(?:^|[/_-])0*(\d{1,9})\.\w+$/.exec(path);
  return found ? Number(found[1]) : null;
}

/** A text of digits is an answer, not a reward. */
const numericOf = (value: unknown): number | null =>
  typeof value === "bigint" ? Number(value) : typeof value === "number" ? value : null;

const finite = (value: number | null): number | null =>
  value !== null && Number.isFinite(value) ? value : null;

/** Conversations are lists of messages: their contents, one after the other. */
function spoken(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(spoken).join("\n");
  if (isObject(value)) return spoken(value.content ?? "");
  return value == null ? "" : String(value as number | boolean);
}
