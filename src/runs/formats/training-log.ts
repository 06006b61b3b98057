import { trlDefaults, findField, valueSchema } from "../../config/schema.ts";
import type { GRPOConfig } from "../../config/types.ts";
import {
  batchRows,
  isBatch,
  LOG_LIMITS,
  logps,
  stepNumber,
  tokenIds,
  tokenMask,
  tokenTexts,
} from "./log-batch.ts";
import { z } from "./zod.ts";
import { OBJECTIVE_DEFAULTS } from "../../engine/objective/settings.ts";
import { UserError } from "../../engine/user-error.ts";

/** One completion of an optimizer step, under the names that TRL's trainer has for its tensors. */
export interface LogRow {
  step: number;
  prompt: string;
  completion: string;
  /** Ids of its tokens. The arrays below have an entry for each. */
  completion_ids: readonly number[];
  /** Texts of its tokens. */
  completion_tokens: readonly string[] | null;
  /** 1 where the token counts. */
  completion_mask: readonly number[] | null;
  per_token_logps: readonly number[];
  /** Null: on-policy, every ratio is 1. */
  old_per_token_logps: readonly number[] | null;
  ref_per_token_logps: readonly number[] | null;
  entropies: readonly number[] | null;
  advantage: number | null;
  /** By function; null where it said nothing. */
  rewards: Readonly<Record<string, number | null>> | null;
  truncated: boolean;
}

/** A log as it was read: the rows of each optimizer step, in order of step. */
export interface TrainingLog {
  config: GRPOConfig;
  steps: readonly (readonly LogRow[])[];
}

const rowSchema = z.object({
  step: stepNumber,
  prompt: z.string().max(100_000).default(""),
  completion: z.string().max(100_000).nullish(),
  completion_ids: tokenIds,
  completion_tokens: tokenTexts.nullish(),
  completion_mask: tokenMask.nullish(),
  per_token_logps: logps,
  old_per_token_logps: logps.nullish(),
  ref_per_token_logps: logps.nullish(),
  entropies: logps.nullish(),
  advantage: z.number().nullish(),
  rewards: z.record(z.string().max(200), z.number().nullable()).nullish(),
  truncated: z.boolean().default(false),
});
const headSchema = z.object({ config: z.record(z.string(), z.unknown()) });

const PER_TOKEN = [
  "completion_tokens",
  "completion_mask",
  "per_token_logps",
  "old_per_token_logps",
  "ref_per_token_logps",
  "entropies",
] as const;

/** Fields that decide ratios, clips, coefficients and advantages. */
const READ: ReadonlySet<string> = new Set([
  ...Object.keys(OBJECTIVE_DEFAULTS),
  "num_generations",
  "scale_rewards",
  "multi_objective_aggregation",
  "reward_weights",
]);

const HELP =
  "A line is a completion or a micro-batch; the README's section on training logs names the fields and has the trainer that writes them.";

/**
 * Reads a log as it comes, a piece of text at a time: lines of JSON, one completion or one
 * micro-batch each. `config`, with fields of GRPOConfig, is read from the first line, which may hold
 * nothing else.
 *
 * @throws UserError that names line, field and reason.
 */
export function createLogReader() {
  let config: GRPOConfig = trlDefaults;
  const steps = new Map<number, LogRow[]>();
  let number = 0;
  let tokens = 0;
  let rest = "";

  const wrong = (why: string): UserError => new UserError(`Line ${number}: ${why}.`, HELP);

  function readLine(line: string): void {
    number++;
    if (line.trim() === "") return;
    if (line.length > LOG_LIMITS.line) throw tooLong();
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw wrong("it is not JSON (a number that is NaN or Infinity is not either)");
    }
    const head = headSchema.safeParse(value);
    const batch = isBatch(value);
    if (head.success && steps.size === 0) {
      config = withFields(head.data.config);
      if (!batch) return;
    }
    if (batch) return batchRows(value, wrong).forEach(add);
    const row = rowSchema.safeParse(value);
    if (!row.success) {
      const [issue] = row.error.issues;
      throw wrong(`${issue?.path.join(".") || "the line"}: ${issue?.message ?? "not valid"}`);
    }
    const { completion, completion_mask: mask, ...given } = row.data;
    add({
      ...given,
      completion: completion ?? given.completion_tokens?.join("") ?? "",
      completion_tokens: given.completion_tokens ?? null,
      completion_mask: mask?.map(Number) ?? null,
      old_per_token_logps: given.old_per_token_logps ?? null,
      ref_per_token_logps: given.ref_per_token_logps ?? null,
      entropies: given.entropies ?? null,
      advantage: given.advantage ?? null,
      rewards: given.rewards ?? null,
    });
  }

  function add(row: LogRow): void {
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
    const rows = steps.get(row.step) ?? [];
    if (rows.length >= LOG_LIMITS.rows) throw wrong(`step has more than ${LOG_LIMITS.rows} rows`);
    steps.set(row.step, rows);
    rows.push(row);
  }

  /**
   * What the objective reads has to be within the page's bounds; of the rest, a real trainer's
   * values may well lie beyond them, and do nothing here.
   */
  function withFields(given: Readonly<Record<string, unknown>>): GRPOConfig {
    const taken = Object.entries(given).filter(([name, value]) => {
      const field = findField(name);
      if (field?.scope !== "grpo") return false;
      if (valueSchema(field.type).safeParse(value).success) return true;
      if (!READ.has(name)) return false;
      const shown = JSON.stringify(value)?.slice(0, 100);
      throw wrong(`config.${name} is ${shown}, which is out of its bounds`);
    });
    const config: GRPOConfig = { ...trlDefaults, ...Object.fromEntries(taken) };
    // A trainer has resolved both; given by hand they exclude each other.
    const resolved = config.steps_per_generation !== null;
    return resolved ? { ...config, generation_batch_size: null } : config;
  }

  const tooLong = () => {
    number += number === 0 ? 1 : 0;
    return wrong(`it has more than ${LOG_LIMITS.line} characters`);
  };

  return {
    push(text: string): void {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(readLine);
      if (rest.length > LOG_LIMITS.line) {
        number++;
        throw tooLong();
      }
    },
    finish(): TrainingLog {
      if (rest !== "") readLine(rest);
      if (steps.size === 0) throw new UserError("The log has no completion.", HELP);
      const order = [...steps.keys()].toSorted((a, b) => a - b);
      const whole = order.map((step) => steps.get(step)!);
      checkWhole(whole);
      return { config, steps: whole };
    },
  };
}

/** What one row has and another has not would leave holes in a record. */
function checkWhole(steps: readonly (readonly LogRow[])[]): void {
  for (const rows of steps) {
    for (const name of [
      "advantage",
      "rewards",
      "old_per_token_logps",
      "ref_per_token_logps",
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
}
