import { z } from "./zod.ts";
import type { LogRow } from "./training-log.ts";

/** Characters in one line, tokens in one completion and in the whole log, completions of a step. */
export const LOG_LIMITS = { line: 2 ** 23, columns: 16_384, tokens: 2 ** 21, rows: 4096 };

export const stepNumber = z.number().int().min(0).max(1e9);
export const tokenIds = z
  .array(z.number().int().min(0).max(0xffff_ffff))
  .min(1)
  .max(LOG_LIMITS.columns);
export const tokenTexts = z.array(z.string().max(200));
export const tokenMask = z.array(z.union([z.literal([0, 1]), z.boolean()]));
export const logps = z.array(z.number()).max(LOG_LIMITS.columns);

const rowsOf = <T extends z.ZodType>(row: T) => z.array(row).max(LOG_LIMITS.rows);

/** A micro-batch, its tensors as the trainer has them: right-padded, a row per completion. */
const batchSchema = z.object({
  step: stepNumber,
  prompts: rowsOf(z.string().max(100_000)).nullish(),
  completion_ids: rowsOf(tokenIds).min(1),
  completion_mask: rowsOf(tokenMask),
  completion_tokens: rowsOf(tokenTexts).nullish(),
  per_token_logps: rowsOf(logps),
  old_per_token_logps: rowsOf(logps).nullish(),
  ref_per_token_logps: rowsOf(logps).nullish(),
  entropies: rowsOf(logps).nullish(),
  advantages: rowsOf(z.number()),
  eos_token_id: z.number().int().nullish(),
});

type Batch = z.infer<typeof batchSchema>;

export const isBatch = (value: unknown): boolean =>
  z.object({ completion_ids: z.array(z.array(z.unknown())).min(1) }).safeParse(value).success;

/**
 * The completions of a micro-batch's line, each up to its last token that counts; one without such a
 * token has no part in the loss and is left out. `wrong` makes the error that names the line.
 */
export function batchRows(value: unknown, wrong: (why: string) => Error): LogRow[] {
  const parsed = batchSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw wrong(`${issue?.path.join(".") || "the line"}: ${issue?.message ?? "not valid"}`);
  }
  const batch = parsed.data;
  requireEqualRows(batch, wrong);
  return batch.completion_mask.flatMap((counts, row) => {
    const mask = counts.map(Number);
    const length = mask.lastIndexOf(1) + 1;
    const cut = <T>(rows: readonly (readonly T[])[] | null | undefined) =>
      rows?.[row]?.slice(0, length) ?? null;
    const ids = cut(batch.completion_ids) ?? [];
    if (length === 0) return [];
    const texts = cut(batch.completion_tokens);
    return {
      step: batch.step,
      prompt: batch.prompts?.[row] ?? "",
      completion: texts?.join("") ?? "",
      completion_ids: ids,
      completion_tokens: texts,
      completion_mask: mask.slice(0, length),
      per_token_logps: cut(batch.per_token_logps) ?? [],
      old_per_token_logps: cut(batch.old_per_token_logps),
      ref_per_token_logps: cut(batch.ref_per_token_logps),
      entropies: cut(batch.entropies),
      advantage: batch.advantages[row] ?? null,
      rewards: null,
      truncated: batch.eos_token_id != null && ids.at(-1) !== batch.eos_token_id,
    };
  });
}

function requireEqualRows(batch: Batch, wrong: (why: string) => Error): void {
  const rows = batch.completion_ids.length;
  for (const [name, value] of Object.entries(batch)) {
    if (Array.isArray(value) && value.length !== rows) {
      throw wrong(`${name} has ${value.length} rows; completion_ids has ${rows}`);
    }
  }
}
