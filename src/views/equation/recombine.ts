import type { StepRecord } from "../../engine/record.ts";
import { bindingLimit, clipRule } from "../figure/clip-rule.ts";
import { maskedLength } from "../figure/rows.ts";

/** The loss of a batch, taken apart row by row. */
export interface LossParts {
  /** One per row of the record: its objective, aggregated within the row. */
  terms: readonly number[];
  /** Σ β · KL over the batch, aggregated as the terms are; null when beta is 0. */
  kl: number | null;
  /** loss = −(Σ terms − kl) / divisor. */
  divisor: number;
  /** What a row's term is, e.g. "row mean". */
  termName: string;
  /** What the divisor is, e.g. "8 rows". */
  divisorName: string;
  loss: number;
}

/**
 * What the loss would be, and is for the level that drives the arm, from the record's ratios:
 * min(ratio · A, clip(ratio) · A) per token, aggregated as the loss type does. Null for what is
 * not a sum of such terms: other loss types, masks by entropy or policy distance, entropy bonus.
 */
export function lossParts(record: StepRecord, level: "token" | "sequence"): LossParts | null {
  const known = level === "token" ? tokenParts : sequenceParts;
  const found = known.get(record);
  if (found !== undefined) return found;
  const parts = computeParts(record, level);
  known.set(record, parts);
  return parts;
}

// Records never change, and the equation is drawn anew with every pointer move.
const tokenParts = new WeakMap<StepRecord, LossParts | null>();
const sequenceParts = new WeakMap<StepRecord, LossParts | null>();

function computeParts(record: StepRecord, level: "token" | "sequence"): LossParts | null {
  const { config, rows, columns } = record;
  const plain =
    config.top_entropy_quantile >= 1 &&
    config.off_policy_mask_threshold === null &&
    config.entropy_coef === 0 &&
    !(config.beta !== 0 && config.use_bias_correction_kl);
  const aggregation = plain ? aggregate(record) : null;
  if (!aggregation) return null;
  const { weight, divisor, termName, divisorName } = aggregation;
  const terms: number[] = [];
  let kl = 0;
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) {
      if (!record.mask[i]) continue;
      sum += level === "token" ? tokenObjective(record, row, i) : sequenceObjective(record, row);
      if (record.logpRef)
        kl += config.beta * weight(row) * k3(record.logpRef[i]! - record.logp[i]!);
    }
    terms.push(sum * weight(row));
  }
  const sum = terms.reduce((total, term) => total + term, 0);
  return {
    terms,
    kl: record.logpRef ? kl : null,
    divisor,
    termName,
    divisorName,
    loss: -(sum - kl) / divisor,
  };
}

/** The estimator of KL(π ‖ π_ref) that TRL uses: exp(u) − u − 1. */
const k3 = (u: number): number => Math.expm1(u) - u;

/** min(r · A, clip(r) · A): at its limit where the record says clipped, else r · A. */
export const tokenObjective = (record: StepRecord, row: number, index: number): number =>
  objective(record, row, record.tokenRatio[index]!, record.tokenClipped[index] === 1);

export const sequenceObjective = (record: StepRecord, row: number): number =>
  objective(record, row, record.sequenceRatio[row]!, record.sequenceClipped[row] === 1);

function objective(record: StepRecord, row: number, ratio: number, clipped: boolean): number {
  const A = record.advantage[row]!;
  const held = clipped ? bindingLimit(clipRule(record.config), A, ratio) : null;
  return (held ?? ratio) * A;
}

interface Aggregation extends Pick<LossParts, "divisor" | "termName" | "divisorName"> {
  /** Factor on every token of a row. */
  weight(row: number): number;
}

function aggregate(record: StepRecord): Aggregation | null {
  const { config, rows } = record;
  const tokensOf = (from: number, to: number) => {
    let sum = 0;
    for (let row = from; row < to; row++) sum += maskedLength(record, row);
    return sum;
  };
  switch (config.loss_type) {
    case "grpo":
      return {
        weight: (row) => 1 / Math.max(1, maskedLength(record, row)),
        divisor: rows,
        termName: "row mean",
        divisorName: `${rows} rows`,
      };
    case "dr_grpo":
      return {
        weight: () => 1,
        divisor: rows * config.max_completion_length,
        termName: "row sum",
        divisorName: `(${rows} rows × ${config.max_completion_length})`,
      };
    case "bnpo": {
      if (config.gradient_accumulation_steps === 1) {
        const tokens = Math.max(1, tokensOf(0, rows));
        return {
          weight: () => 1,
          divisor: tokens,
          termName: "row sum",
          divisorName: `${tokens} tokens`,
        };
      }
      // Each micro-batch is divided by its own tokens, then the micro-batches are averaged.
      const size = config.per_device_train_batch_size;
      const counts = Array.from({ length: Math.ceil(rows / size) }, (_, part) =>
        Math.max(1, tokensOf(part * size, Math.min(rows, (part + 1) * size))),
      );
      return {
        weight: (row) => 1 / counts[Math.floor(row / size)]!,
        divisor: counts.length,
        termName: "share of its micro-batch",
        divisorName: `${counts.length} micro-batches`,
      };
    }
    case "dapo": {
      const tokens = normaliserOf(record);
      return tokens === null
        ? null
        : {
            weight: () => 1,
            divisor: tokens,
            termName: "row sum",
            divisorName: `${Number(tokens.toFixed(2))} tokens`,
          };
    }
    case "cispo":
    case "sapo":
    case "luspo":
    case "vespo":
      return null;
  }
}

/** β · dKL/dlogp of one token: what the KL term takes off its coefficient. */
export function klSlope({ logpRef, logp, config }: StepRecord, index: number): number {
  return logpRef ? config.beta * -Math.expm1(logpRef[index]! - logp[index]!) : 0;
}

/**
 * dapo divides by the tokens of the whole generation batch, of which a record holds one step's
 * rows. The GPU's own gradient tells the number: gradient = (coefficient − β · dKL) / N. Read at
 * the token with the largest gradient; null when every gradient is 0.
 */
export function normaliserOf(record: StepRecord): number | null {
  let largest = -1;
  record.gradient.forEach((value, i) => {
    if (value !== 0 && (largest < 0 || Math.abs(value) > Math.abs(record.gradient[largest]!))) {
      largest = i;
    }
  });
  if (largest < 0) return null;
  const tokens =
    (record.coefficient[largest]! - klSlope(record, largest)) / record.gradient[largest]!;
  // Single precision leaves six digits; counts per step are quarters at worst.
  return Math.round(tokens * 100) / 100;
}
