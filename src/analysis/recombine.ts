import { lossForm } from "../config/loss-types.ts";
import { microBatchRows } from "../config/processes.ts";
import type { StepRecord } from "../record/record.ts";
import { klEstimate } from "./kl.ts";
import { maskedLength } from "./rows.ts";
import { keptShare, lossMaskOf, processesOf } from "./loss-mask.ts";
import { microBatchTokens, rowWeight } from "./row-weight.ts";
import { judgeRow, objectiveAtOne } from "./surrogate.ts";

/** The loss of a batch, taken apart row by row. */
export interface LossParts {
  /** One per row of the record: its objective, aggregated within the row. */
  terms: readonly number[];
  /**
   * What the terms would sum to with every ratio at 1: the objective is then the advantage, times a
   * constant. Null for losses whose objective is weighed by log π itself.
   */
  atOne: number | null;
  /** Σ β · KL over the batch, aggregated as the terms are; null when beta is 0. */
  kl: number | null;
  /** What the entropy bonus takes off the loss; null where there is none. */
  bonus: number | null;
  /** loss = −(Σ terms − kl) / divisor − bonus. */
  divisor: number;
  /** What a row's term is, e.g. "row mean". */
  termName: string;
  /** What the divisor is, e.g. "8 rows". */
  divisorName: string;
  loss: number;
}

/**
 * What the loss would be, and is for the level that drives the arm, from the record's ratios: each
 * token's objective under the loss type, masked by entropy and policy distance, aggregated as the
 * loss type does, with the KL term and the entropy bonus. Null only where nothing pushes at all and
 * the divisor, tokens of the whole rollout, cannot be read off the record.
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
  const aggregation = aggregate(record);
  if (!aggregation) return null;
  const { weight, divisor, termName, divisorName } = aggregation;
  const kept = lossMaskOf(record);
  const terms: number[] = [];
  let [kl, atOne] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const judged = judgeRow(record, level, row);
    const one = objectiveAtOne(config, record.advantage[row]!);
    let sum = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) {
      if (!record.mask[i]) continue;
      if (kept.row[row] && kept.token[i]) {
        sum += judged(i).objective;
        atOne += weight(row) * one;
      }
      if (record.logpRef) kl += config.beta * weight(row) * tokenKl(record, level, row, i);
    }
    terms.push(sum * weight(row));
  }
  const sum = terms.reduce((total, term) => total + term, 0);
  const bonus = entropyBonus(record);
  return {
    terms,
    atOne: Number.isNaN(objectiveAtOne(config, 1)) ? null : atOne,
    kl: record.logpRef ? kl : null,
    bonus,
    divisor,
    termName,
    divisorName,
    loss: -(sum - kl) / divisor - (bonus ?? 0),
  };
}

/** Half of the last decimal of a loss on the page. */
const SHOWN = 5e-5;

/**
 * Whether the parts of the level that drives the arm come to the loss that was computed, within what
 * f32 rounds and the page shows. Of a real trainer's log they may not: a record does not hold what a
 * sampler's ratio weighed the tokens by. True where no loss was computed.
 */
export function meetsLoss({ metrics }: StepRecord, parts: LossParts): boolean {
  const { loss } = metrics;
  if (loss === undefined || !Number.isFinite(loss)) return true;
  const largest = Math.max(...parts.terms.map(Math.abs)) / parts.divisor;
  return Math.abs(parts.loss - loss) <= SHOWN + 1e-3 * Math.max(Math.abs(loss), largest);
}

/** Said where they do not. */
export const BEYOND_RECORD =
  "Something weighs the tokens that a record does not hold, such as the ratio of another engine that sampled them.";

/** KL of one token as the loss has it: times the ratio where use_bias_correction_kl says so. */
export function tokenKl(
  record: StepRecord,
  level: "token" | "sequence",
  row: number,
  index: number,
): number {
  if (!record.logpRef) return 0;
  const ratio = level === "token" ? record.tokenRatio[index]! : record.sequenceRatio[row]!;
  const kl = klEstimate(record.config, record.logpRef[index]! - record.logp[index]!).value;
  return record.config.use_bias_correction_kl ? ratio * kl : kl;
}

/**
 * coef · mean entropy of the kept tokens, averaged over the micro-batches. The coefficient that an
 * adaptive bonus had in this very step is not logged; the GPU's loss without the bonus is.
 */
function entropyBonus(record: StepRecord): number | null {
  const { config, rows, columns, metrics } = record;
  const size = microBatchRows(config);
  const parts = Math.ceil(rows / size);
  if (config.use_adaptive_entropy) {
    const { loss, policy_loss: without } = metrics;
    if (loss === undefined || without === undefined) return null;
    // These divide by the accumulation already; metrics are means over the micro-batches.
    const divided = lossForm(config).divisor === "rollout tokens";
    return without * (divided ? parts / processesOf(record) : 1) - loss;
  }
  if (config.entropy_coef === 0) return null;
  const { token } = lossMaskOf(record);
  let bonus = 0;
  for (let first = 0; first < rows; first += size) {
    let [sum, count] = [0, 0];
    for (let i = first * columns; i < Math.min(rows, first + size) * columns; i++) {
      if (!token[i]) continue;
      sum += record.entropy[i]!;
      count++;
    }
    bonus += (config.entropy_coef * sum) / Math.max(1, count) / parts;
  }
  return bonus;
}

interface Aggregation extends Pick<LossParts, "divisor" | "termName" | "divisorName"> {
  /** Factor on every token of a row. */
  weight(row: number): number;
}

function aggregate(record: StepRecord): Aggregation | null {
  const { config, rows } = record;
  const form = lossForm(config);
  switch (form.divisor) {
    case "rows":
      return {
        weight: (row) => rowWeight(record, row),
        divisor: rows,
        termName: `row ${form.row}`,
        divisorName: `${rows} rows`,
      };
    case "longest rows":
      return {
        weight: () => 1,
        divisor: rows * config.max_completion_length,
        termName: "row sum",
        divisorName: `(${rows} rows × ${config.max_completion_length})`,
      };
    case "micro-batch tokens": {
      const size = microBatchRows(config);
      if (rows <= size) {
        const tokens = microBatchTokens(record, 0);
        return {
          weight: () => 1,
          divisor: tokens,
          termName: "row sum",
          divisorName: `${tokens} tokens`,
        };
      }
      // Each micro-batch is divided by its own tokens, then the micro-batches are averaged.
      const parts = Math.ceil(rows / size);
      return {
        weight: (row) => rowWeight(record, row),
        divisor: parts,
        termName: "share of its micro-batch",
        divisorName: `${parts} micro-batches`,
      };
    }
    case "rollout tokens": {
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
  }
}

/** β · dKL/dlogp of one token: what the KL term takes off its coefficient. */
export function klSlope(record: StepRecord, row: number, index: number): number {
  const { logpRef, logp, config, columns, mask } = record;
  if (!logpRef) return 0;
  const of = (i: number) => klEstimate(config, logpRef[i]! - logp[i]!);
  const slope = (i: number): number => of(i).slope;
  if (!config.use_bias_correction_kl) return config.beta * slope(index);
  const kl = (i: number): number => of(i).value;
  if (record.level === "token") {
    return config.beta * record.tokenRatio[index]! * (slope(index) + kl(index));
  }
  // The row's one ratio depends on each of its tokens.
  let own = kl(index);
  if (record.level === "sequence") {
    own = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) if (mask[i]) own += kl(i);
    own /= Math.max(1, maskedLength(record, row));
  }
  return config.beta * record.sequenceRatio[row]! * (slope(index) + own);
}

/** What a token's coefficient is multiplied with: 0 where masked, a share of the row through s. */
export function policyWeight(record: StepRecord, row: number, index: number): number {
  const { rule } = lossForm(record.config);
  // A weight outside of the gradient leaves each token its own.
  const through = rule === "clip" || rule === "gate" || rule === "geometric";
  // GMPO's tokens share the ratio of their row.
  const shared = record.level === "token" && rule === "geometric";
  const ofRow = shared || (record.level === "sequence" && through);
  return keptShare(record, row, ofRow ? null : index);
}

/**
 * dapo, cispo and vespo divide by the tokens of the whole generation batch, of which a record holds
 * one step's rows. The GPU's own gradient tells the number:
 * gradient = (coefficient · weight − β · dKL) / N. Read at the token with the largest gradient; null
 * when every gradient is 0.
 */
export function normaliserOf(record: StepRecord): number | null {
  let largest = -1;
  record.gradient.forEach((value, i) => {
    if (value !== 0 && (largest < 0 || Math.abs(value) > Math.abs(record.gradient[largest]!))) {
      largest = i;
    }
  });
  if (largest < 0) return null;
  const row = Math.floor(largest / record.columns);
  const pushed = record.coefficient[largest]! * policyWeight(record, row, largest);
  const tokens = (pushed - klSlope(record, row, largest)) / record.gradient[largest]!;
  // Single precision leaves six digits; counts per step are quarters at worst.
  return Math.round(tokens * 100) / 100;
}
