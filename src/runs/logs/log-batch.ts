import { z } from "../formats/zod.ts";
import { faultOf } from "./log-json.ts";
import {
  countingMask,
  itemCount,
  LOG_LIMITS,
  logps,
  type LogMicroBatch,
  type LogRow,
  perToken,
  reward,
  sampledLogps,
  stepNumber,
  tokenIds,
  tokenMask,
  tokenTexts,
} from "./log-row.ts";

const rowsOf = <T extends z.ZodType>(row: T) => z.array(row).max(LOG_LIMITS.rows);

/** A micro-batch, its tensors as the trainer has them: right-padded, a row per completion. */
const batchSchema = z.object({
  step: stepNumber,
  process: z.number().int().min(0).max(1e6).nullish(),
  prompts: rowsOf(z.string().max(100_000)).nullish(),
  completion_ids: rowsOf(tokenIds).min(1),
  completion_mask: rowsOf(tokenMask),
  tool_mask: rowsOf(tokenMask).nullish(),
  env_mask: rowsOf(tokenMask).nullish(),
  completion_tokens: rowsOf(tokenTexts).nullish(),
  per_token_logps: rowsOf(logps),
  old_per_token_logps: rowsOf(logps).nullish(),
  ref_per_token_logps: rowsOf(logps).nullish(),
  sampling_per_token_logps: rowsOf(sampledLogps).nullish(),
  /** One number a row, or one a token. */
  importance_sampling_ratio: rowsOf(z.union([z.number(), logps])).nullish(),
  entropies: rowsOf(logps).nullish(),
  /** A subclass of the trainer may have one a token. */
  advantages: rowsOf(z.union([z.number(), logps])),
  rewards: z.union([z.record(z.string().max(200), rowsOf(reward)), rowsOf(reward)]).nullish(),
  num_items_in_batch: itemCount.nullish(),
  entropy_coef: z.number().nullish(),
  eos_token_id: z.number().int().nullish(),
});

type Batch = z.infer<typeof batchSchema>;
type Wrong = (why: string) => Error;

/** Fields of a micro-batch's line that are read. */
export const BATCH_FIELDS: ReadonlySet<string> = new Set(Object.keys(batchSchema.shape));

export const isBatch = (value: unknown): boolean =>
  z.object({ completion_ids: z.array(z.array(z.unknown())).min(1) }).safeParse(value).success;

/**
 * The micro-batch in a line, each completion up to its last token that counts. A row that has none,
 * which `mask_truncated_completions` empties, stays whole: the loss divides by it too. `process` is
 * null where the line does not say which one it was. `wrong` makes the error that names the line.
 */
export function microBatchOf(
  value: unknown,
  wrong: Wrong,
): Omit<LogMicroBatch, "process" | "config"> & { process: number | null } {
  const parsed = batchSchema.safeParse(value);
  if (!parsed.success) throw wrong(faultOf(value, parsed.error));
  const batch = parsed.data;
  requireEqualRows(batch, wrong);
  return {
    step: batch.step,
    process: batch.process ?? null,
    rows: batch.completion_ids.map((_, row) => rowAt(batch, row, wrong)),
    numItems: batch.num_items_in_batch ?? null,
    entropyCoef: batch.entropy_coef ?? null,
  };
}

function rowAt(batch: Batch, row: number, wrong: Wrong): LogRow {
  const counts = batch.completion_mask[row]!;
  const whole = batch.completion_ids[row]!;
  const length = lengthOf(batch, row);
  const cut = <T>(rows: readonly (readonly T[])[] | null | undefined) =>
    rows?.[row]?.slice(0, length) ?? null;
  const ids = whole.slice(0, length);
  const texts = cut(batch.completion_tokens);
  const masks = {
    completion_mask: counts,
    tool_mask: batch.tool_mask?.[row],
    env_mask: batch.env_mask?.[row],
  };
  const ratio = batch.importance_sampling_ratio?.[row];
  return {
    step: batch.step,
    prompt: batch.prompts?.[row] ?? "",
    completion: texts?.join("") ?? "",
    completion_ids: ids,
    completion_tokens: texts,
    completion_mask: countingMask(masks, counts.length, wrong).slice(0, length),
    per_token_logps: cut(batch.per_token_logps) ?? [],
    old_per_token_logps: cut(batch.old_per_token_logps),
    ref_per_token_logps: cut(batch.ref_per_token_logps),
    sampling_per_token_logps: cut(batch.sampling_per_token_logps),
    importance_sampling_ratio:
      ratio === undefined ? null : perToken(ratio, length).slice(0, length),
    entropies: cut(batch.entropies),
    advantage: advantageOf(batch, row, wrong),
    rewards: rewardsOf(batch, row),
    truncated: batch.eos_token_id != null && ids.at(-1) !== batch.eos_token_id,
  };
}

/**
 * Tokens of the completion. The mask of a truncated one may be empty; it then has no end of its own
 * and goes on to the last column, or to the end-of-sequence if it was emptied for another reason.
 */
function lengthOf(batch: Batch, row: number): number {
  const counted = batch.completion_mask[row]!.map(Number).lastIndexOf(1) + 1;
  if (counted > 0) return counted;
  const ids = batch.completion_ids[row]!;
  const end = batch.eos_token_id == null ? -1 : ids.indexOf(batch.eos_token_id);
  return end === -1 ? ids.length : end + 1;
}

function advantageOf(batch: Batch, row: number, wrong: Wrong): number | null {
  const given = batch.advantages[row];
  if (given === undefined || typeof given === "number") return given ?? null;
  const counts = batch.completion_mask[row]!;
  const values = given.filter((_, t) => given.length === 1 || Number(counts[t]) === 1);
  const [first] = values;
  const other = values.find((value) => value !== first);
  if (other === undefined) return first ?? 0;
  throw wrong(
    `the advantages of its row ${row + 1} differ from token to token (${first} and ${other}); the figures have one advantage per completion`,
  );
}

function rewardsOf({ rewards }: Batch, row: number): LogRow["rewards"] {
  if (rewards == null) return null;
  const byName = Array.isArray(rewards) ? { reward: rewards } : rewards;
  return Object.fromEntries(
    Object.entries(byName).map(([name, values]) => [name, values[row] ?? null]),
  );
}

function requireEqualRows(batch: Batch, wrong: Wrong): void {
  const rows = batch.completion_ids.length;
  const lists = [
    ...Object.entries(batch),
    ...Object.entries(batch.rewards ?? {}).map(
      ([name, values]) => [`rewards.${name}`, values] as const,
    ),
  ];
  for (const [name, value] of lists) {
    if (Array.isArray(value) && value.length !== rows) {
      throw wrong(`${name} has ${value.length} rows; completion_ids has ${rows}`);
    }
  }
}
