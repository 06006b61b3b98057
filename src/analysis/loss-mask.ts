import { microBatchRows } from "../config/processes.ts";
import { entropyQuantile } from "../record/entropy-quantile.ts";
import type { StepRecord } from "../record/record.ts";
import { maskedLength } from "./rows.ts";

/** Which tokens and rows the policy loss acts on. */
export interface LossMask {
  /** 1 where the token counts and its entropy is among the highest. [row][token] */
  token: Uint8Array;
  /** 0 where the off-policy mask drops the row. [row] */
  row: Uint8Array;
  /** Least entropy that counts, by micro-batch; null where every token is. */
  threshold: readonly number[] | null;
}

/** What `top_entropy_quantile` and `off_policy_mask_threshold` leave of a batch. */
export function lossMaskOf(record: StepRecord): LossMask {
  const found = cached.get(record);
  if (found !== undefined) return found;
  const mask = compute(record);
  cached.set(record, mask);
  return mask;
}

/** What the masks leave of a token, or of a row's tokens in the mean where `index` is null. */
export function keptShare(record: StepRecord, row: number, index: number | null): number {
  const { token, row: rows } = lossMaskOf(record);
  if (!rows[row]) return 0;
  if (index !== null) return token[index]!;
  let kept = 0;
  for (let i = row * record.columns; i < (row + 1) * record.columns; i++) kept += token[i]!;
  return kept / Math.max(1, maskedLength(record, row));
}

// Records never change.
const cached = new WeakMap<StepRecord, LossMask>();

function compute(record: StepRecord): LossMask {
  const { config, rows, columns, mask, entropy } = record;
  const row = Uint8Array.from({ length: rows }, (_, b) => (offPolicy(record, b) ? 0 : 1));
  const token = Uint8Array.from(mask);
  if (config.top_entropy_quantile >= 1) return { token, row, threshold: null };
  const threshold: number[] = [];
  // The quantile is of one micro-batch, of all processes where the record is a log's of several.
  const each = microBatchRows(config);
  const size = each * processesOf(record);
  for (let first = 0; first < rows; first += size) {
    const [from, to] = [first * columns, Math.min(rows, first + size) * columns];
    const least = entropyQuantile(
      entropy.subarray(from, to).filter((_, i) => mask[from + i] === 1),
      1 - config.top_entropy_quantile,
    );
    for (let part = first; part < Math.min(rows, first + size); part += each) threshold.push(least);
    for (let i = from; i < to; i++) if (!(entropy[i]! >= least)) token[i] = 0;
  }
  return { token, row, threshold };
}

/** Processes whose rows a record has: one where it was trained here, perhaps several in a log's. */
export const processesOf = ({ config, rows }: StepRecord): number =>
  Math.max(1, Math.round(rows / microBatchRows(config) / config.gradient_accumulation_steps));

/** TRL's off-policy mask: a row with A < 0 whose mean log π has fallen too far since the rollout. */
function offPolicy(
  { config, columns, mask, logp, logpSampled, advantage }: StepRecord,
  row: number,
) {
  const limit = config.off_policy_mask_threshold;
  if (limit === null || advantage[row]! >= 0) return false;
  let [sum, count] = [0, 0];
  for (let i = row * columns; i < (row + 1) * columns; i++) {
    if (!mask[i]) continue;
    count++;
    const drift = logpSampled[i]! - logp[i]!;
    if (Number.isFinite(drift)) sum += drift;
  }
  return sum / Math.max(1, count) > limit;
}
