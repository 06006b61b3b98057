import { beyondTRL } from "../config/beyond-trl.ts";
import { lossForm } from "../config/loss-types.ts";
import type { GRPOConfig } from "../config/types.ts";
import { emptyHistograms, emptyQuantities } from "../record/quantities.ts";
import type { RatioHistograms, StepRecord } from "../record/record.ts";
import { comparisonOf } from "./advantage.ts";
import { type Band, withBand } from "./epsilon.ts";
import { klSlope, normaliserOf, policyWeight } from "./recombine.ts";
import { judgeRow } from "./surrogate.ts";
import { maskedLength } from "./rows.ts";
import type { Selection } from "./selection.ts";
import { rowWeight } from "./row-weight.ts";

const LEVELS = ["token", "sequence"] as const;

/** What is made anew of an edited batch, from its ratios and advantages. */
const JUDGED = [
  "tokenClipped",
  "sequenceClipped",
  "tokenCoefficient",
  "sequenceCoefficient",
  "coefficient",
  "gradient",
] as const;

/** What a reader has changed by hand. */
export interface Edits {
  /** log π − log π_old by "row-token". */
  logRatios: ReadonlyMap<string, number>;
  /** Weighted reward by row. */
  rewards: ReadonlyMap<number, number>;
  /** The arm's clip band; null leaves the record's. */
  band: Band | null;
  /** The band of the level that does not drive, where another arm lends it one. */
  otherBand: Band | null;
}

export const NO_EDITS: Edits = {
  logRatios: new Map(),
  rewards: new Map(),
  band: null,
  otherBand: null,
};

export const isEdited = ({ logRatios, rewards, band, otherBand }: Edits): boolean =>
  logRatios.size > 0 || rewards.size > 0 || band !== null || otherBand !== null;

export const cellKey = ({ row, token }: Selection): string => `${row}-${token}`;

/**
 * The record as it would be with other log-ratios, rewards or ε, computed on the CPU in float64 with
 * no GPU: ratios, advantages, clip verdicts, coefficients, gradient, histograms. The caller shows
 * that the numbers are edited, not measured.
 */
export function whatIf(record: StepRecord, edits: Edits): StepRecord {
  if (!isEdited(edits)) return record;
  const { rows, columns } = record;
  const [own, other] = record.level === "token" ? LEVELS : LEVELS.toReversed();
  let judged = record;
  if (edits.band !== null) judged = withBand(judged, { level: own!, band: edits.band });
  if (edits.otherBand !== null) judged = withBand(judged, { level: other!, band: edits.otherBand });
  const { config } = judged;
  const next = {
    ...judged,
    ...emptyQuantities(record, JUDGED),
    logp: record.logp.slice(),
    logRatio: record.logRatio.slice(),
    tokenRatio: record.tokenRatio.slice(),
    sequenceRatio: record.sequenceRatio.slice(),
    reward: record.reward.slice(),
    advantage: record.advantage.slice(),
    // Metrics were measured on the GPU; none of them is true of an edited batch.
    metrics: {},
  };
  for (const [row, reward] of edits.rewards) next.reward[row] = reward;
  if (edits.rewards.size > 0) next.advantage = advantages(next.reward, record.group, config);

  const common = commonFactor(record);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    let touched = false;
    for (let token = 0; token < columns; token++) {
      const i = row * columns + token;
      const edited = edits.logRatios.get(cellKey({ row, token }));
      if (edited !== undefined) {
        touched = true;
        next.logRatio[i] = edited;
        next.logp[i] = record.logpOld[i]! + edited;
        next.tokenRatio[i] = Math.exp(edited);
      }
      if (record.mask[i]) sum += next.logRatio[i]!;
    }
    // A row nobody touched keeps the GPU's ratio.
    if (touched) next.sequenceRatio[row] = Math.exp(sum / Math.max(1, maskedLength(record, row)));
  }
  for (let row = 0; row < rows; row++) {
    const weight = common * rowWeight(record, row);
    const [atToken, atSequence] = [judgeRow(next, "token", row), judgeRow(next, "sequence", row)];
    for (let i = row * columns; i < (row + 1) * columns; i++) {
      if (!record.mask[i]) continue;
      const [token, sequence] = [atToken(i), atSequence(i)];
      next.tokenClipped[i] = token.clipped ? 1 : 0;
      next.tokenCoefficient[i] = token.coefficient;
      next.sequenceClipped[row] = sequence.clipped ? 1 : 0;
      next.sequenceCoefficient[row] = sequence.coefficient;
      next.coefficient[i] = (record.level === "token" ? token : sequence).coefficient;
      const pushed = next.coefficient[i]! * policyWeight(next, row, i);
      next.gradient[i] = (pushed - klSlope(next, row, i)) * weight;
    }
  }
  return { ...next, histograms: recount(next) };
}

/** The part of the loss type's normaliser that all rows share. */
function commonFactor(record: StepRecord): number {
  const { rows, config } = record;
  switch (lossForm(config).divisor) {
    case "rows":
      return 1 / rows;
    case "micro-batch tokens":
      return 1 / config.gradient_accumulation_steps;
    case "longest rows":
      return 1 / (rows * config.max_completion_length);
    case "rollout tokens":
      return 1 / (normaliserOf(record) ?? record.mask.reduce((sum, counts) => sum + counts, 0));
  }
}

function advantages(
  reward: Float32Array,
  group: Uint32Array,
  config: Readonly<GRPOConfig>,
): Float32Array<ArrayBuffer> {
  const [rewards, groups] = [[...reward], [...group]];
  const { advantage_std_eps: eps } = beyondTRL(config);
  return Float32Array.from(rewards, (value, row) => {
    const { mean, deviation } = comparisonOf(row, rewards, groups, config);
    return deviation === null ? value - mean : (value - mean) / (deviation + eps);
  });
}

/** Counts anew, in the same bins. */
function recount(record: StepRecord): RatioHistograms {
  const { range, bins } = record.histograms;
  const next = { range, bins, ...emptyHistograms(bins) };
  const bin = (log: number) =>
    Math.max(0, Math.min(bins - 1, Math.floor(((log + range) / (2 * range)) * bins)));
  for (let row = 0; row < record.rows; row++) {
    for (let i = row * record.columns; i < (row + 1) * record.columns; i++) {
      if (!record.mask[i]) continue;
      next.token[bin(record.logRatio[i]!)]!++;
      if (record.tokenClipped[i]) next.tokenClipped[bin(record.logRatio[i]!)]!++;
    }
    const at = bin(Math.log(record.sequenceRatio[row]!));
    next.sequence[at]!++;
    if (record.sequenceClipped[row]) next.sequenceClipped[at]!++;
  }
  return next;
}
