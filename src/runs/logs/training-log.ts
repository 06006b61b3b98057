import { trlDefaults } from "../../config/schema.ts";
import type { GRPOConfig } from "../../config/types.ts";
import { UserError } from "../../base/user-error.ts";
import { BATCH_FIELDS, isBatch, microBatchOf } from "./log-batch.ts";
import { configOfLog } from "./log-config.ts";
import { parsePythonJson } from "./log-json.ts";
import { LOG_LIMITS, type LogMicroBatch, type LogRow, ROW_FIELDS, rowOf } from "./log-row.ts";
import { type LogStep, type ReadBatch, stepsOf, withoutRepeated } from "./log-steps.ts";
import { z } from "../formats/zod.ts";

/** A log as it was read: the micro-batches of each optimizer step, in order of step. */
export interface TrainingLog {
  /** Of its last step. */
  config: GRPOConfig;
  steps: readonly LogStep[];
  /** What was left out, or is not known, in sentences. */
  notes: readonly string[];
}

const headSchema = z.looseObject({ config: z.record(z.string(), z.unknown()) });
const metricsSchema = z.object({
  step: z.number().int().min(0),
  metrics: z.record(z.string().max(200), z.unknown()),
});

const PER_TOKEN = [
  "completion_tokens",
  "completion_mask",
  "per_token_logps",
  "old_per_token_logps",
  "ref_per_token_logps",
  "sampling_per_token_logps",
  "importance_sampling_ratio",
  "entropies",
] as const;

/** What the figures say in another way: their absence from the list of what is not read is no loss. */
const SAID_OTHERWISE: ReadonlySet<string> = new Set(["config", "prompt_ids", "prompt_mask"]);

const HELP =
  "A line is a completion or a micro-batch; docs/file-formats.md names the fields and has the trainer that writes them.";

/**
 * Reads a log as it comes, a piece of text at a time: lines of JSON, one completion or one
 * micro-batch each, and the trainer's metrics of a step. A `config`, with fields of GRPOConfig, holds
 * from its line on, which may have nothing else.
 *
 * @throws UserError that names line, field and reason.
 */
export function createLogReader() {
  let config: GRPOConfig = trlDefaults;
  let configText = "";
  const lone = new Map<number, { config: GRPOConfig; rows: LogRow[]; numItems: number | null }>();
  const batches: ReadBatch[] = [];
  const rowsIn = new Map<number, number>();
  const logged = new Map<number, Record<string, number>>();
  const unread = new Set<string>();
  let number = 0;
  let tokens = 0;
  /** The last line so far, in the pieces in which it came. */
  let rest: string[] = [];
  let restLength = 0;

  const wrong = (why: string): UserError => new UserError(`Line ${number}: ${why}.`, HELP);

  function readLine(line: string): void {
    number++;
    if (line.trim() === "") return;
    if (line.length > LOG_LIMITS.line) throw tooLong();
    let value: unknown;
    try {
      value = parsePythonJson(line);
    } catch {
      throw wrong("it is not JSON");
    }
    const head = headSchema.safeParse(value);
    const batch = isBatch(value);
    if (head.success) {
      configure(head.data.config);
      if (!batch && !("completion_ids" in head.data)) return;
    }
    const metrics = metricsSchema.safeParse(value);
    if (metrics.success) return take(metrics.data);
    noteUnread(value, batch ? BATCH_FIELDS : ROW_FIELDS);
    if (batch) {
      const read = microBatchOf(value, wrong);
      read.rows.forEach(count);
      batches.push({ ...read, config, line: number });
      return;
    }
    refuseForeign(value);
    const { row, numItems } = rowOf(value, wrong);
    count(row);
    const own = lone.get(row.step) ?? { config, rows: [], numItems };
    lone.set(row.step, own);
    own.rows.push(row);
  }

  /** A trainer writes the same one with every line. */
  function configure(given: Readonly<Record<string, unknown>>): void {
    const text = JSON.stringify(given);
    if (text === configText) return;
    config = configOfLog(given, wrong);
    configText = text;
  }

  /** Metrics of the trainer, an evaluation's among them, which come after the step's own. */
  function take({ step, metrics }: z.infer<typeof metricsSchema>): void {
    const numbers = Object.entries(metrics).filter(
      (entry): entry is [string, number] => typeof entry[1] === "number",
    );
    logged.set(step, { ...logged.get(step), ...Object.fromEntries(numbers) });
  }

  function noteUnread(value: unknown, read: ReadonlySet<string>): void {
    if (value === null || typeof value !== "object" || unread.size >= 100) return;
    for (const name of Object.keys(value)) {
      if (!read.has(name) && !SAID_OTHERWISE.has(name)) unread.add(name.slice(0, 60));
    }
  }

  function refuseForeign(value: unknown): void {
    if (value === null || typeof value !== "object" || "per_token_logps" in value) return;
    const names = Object.keys(value);
    const theirs = ["response_ids", "responses", "old_log_probs", "log_probs"];
    const found = theirs.filter((name) => names.includes(name));
    if (found.length === 0) return;
    throw wrong(
      `it has verl's names (${found.join(", ")}); here they are completion_ids, per_token_logps and old_per_token_logps, TRL's`,
    );
  }

  function count(row: LogRow): void {
    const length = row.completion_ids.length;
    for (const name of PER_TOKEN) {
      const values = row[name];
      if (values !== null && values.length !== length) {
        throw wrong(`${name} has ${values.length} entries; completion_ids has ${length}`);
      }
    }
    if (row.advantage === null && row.rewards === null) {
      throw wrong("it has neither advantage nor rewards");
    }
    tokens += length;
    if (tokens > LOG_LIMITS.tokens) {
      throw new UserError(
        `The log has more than ${LOG_LIMITS.tokens} tokens, reached in line ${number}.`,
        "Import a part of its steps.",
      );
    }
    const rows = (rowsIn.get(row.step) ?? 0) + 1;
    if (rows > LOG_LIMITS.rows) throw wrong(`step has more than ${LOG_LIMITS.rows} rows`);
    rowsIn.set(row.step, rows);
  }

  const tooLong = () => {
    number += number === 0 ? 1 : 0;
    return new UserError(
      `Line ${number}: it has more than ${LOG_LIMITS.line} characters.`,
      "The trainer in docs/file-formats.md writes only what is read; leave out what else the line holds, such as pictures.",
    );
  };

  return {
    push(text: string): void {
      const [first = "", ...others] = text.split("\n");
      rest.push(first);
      restLength += first.length;
      const last = others.pop();
      if (last !== undefined) {
        [rest.join(""), ...others].forEach(readLine);
        rest = [last];
        restLength = last.length;
      }
      if (restLength > LOG_LIMITS.line) {
        number++;
        throw tooLong();
      }
    },
    finish(): TrainingLog {
      if (restLength > 0) readLine(rest.join(""));
      if (rowsIn.size === 0) throw new UserError("The log has no completion.", HELP);
      const notes: string[] = [];
      const kept = withoutRepeated(batches, notes);
      // Lines of one completion each do not say how the step was cut into micro-batches: they are
      // taken as one, which holds what the whole accumulation window has.
      const single = [...lone].map(([step, own]) => ({
        step,
        config: own.config,
        process: null,
        rows: own.rows,
        numItems:
          own.numItems === null ? null : own.numItems * own.config.gradient_accumulation_steps,
        entropyCoef: null,
        line: 0,
      }));
      const evaluates =
        config.eval_strategy !== "no" && kept.some(({ process }) => process === null);
      const steps = [
        ...stepsOf(kept, config, evaluates, notes),
        ...stepsOf(single, config, false, notes),
      ].toSorted((a, b) => a.step - b.step);
      steps.forEach(({ batches: own }) => checkWhole(own));
      notes.push(...changesOf(steps));
      if (unread.size > 0) notes.push(`Not read: ${[...unread].join(", ")}.`);
      return {
        config: steps.at(-1)?.config ?? config,
        steps: steps.map((each) => ({ ...each, logged: logged.get(each.step) ?? null })),
        notes,
      };
    },
  };
}

/** Fields that a trainer's configuration changes in the middle of the log, by step. */
function changesOf(steps: readonly Pick<LogStep, "step" | "config">[]): string[] {
  return steps.flatMap(({ step, config }, i) => {
    const before = steps[i - 1]?.config ?? config;
    if (before === config) return [];
    const names = (Object.keys(config) as (keyof GRPOConfig)[]).filter(
      (name) => JSON.stringify(before[name]) !== JSON.stringify(config[name]),
    );
    return names.length === 0
      ? []
      : [`At step ${step} the trainer's configuration changes: ${names.join(", ")}.`];
  });
}

/** What one row has and another has not would leave holes in a record. */
function checkWhole(batches: readonly LogMicroBatch[]): void {
  const rows = batches.flatMap((batch) => batch.rows);
  for (const name of [
    "advantage",
    "rewards",
    "old_per_token_logps",
    "ref_per_token_logps",
    "sampling_per_token_logps",
    "importance_sampling_ratio",
  ] as const) {
    const without = rows.filter((row) => row[name] === null).length;
    if (without > 0 && without < rows.length) {
      throw new UserError(
        `Step ${rows[0]?.step}: ${without} of its ${rows.length} completions have no ${name}.`,
        `Give ${name} to all completions of a step, or to none.`,
      );
    }
  }
}
