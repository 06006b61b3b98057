import { lossForm } from "../config/loss-types.ts";
import { ratioLimits } from "../config/clip-band.ts";
import type { GRPOConfig } from "../config/types.ts";
import type { StepRecord } from "../record/record.ts";
import { clipRule, configAt, isCut } from "./clip-rule.ts";

// The objective of one token in float64, for the page to take apart what the GPU has done.
// Source: TRL 1.13 `_compute_loss`, as in shaders/objective/{clip,loss}.wgsl.

/** What a loss type makes of one ratio. */
export interface Judged {
  /** What is maximised: minus the token's loss before any normaliser. */
  objective: number;
  /** Its derivative with respect to log π. */
  coefficient: number;
  clipped: boolean;
}

/**
 * `logp` weighs the losses that keep the ratio out of the gradient; `phi` is of the row: vespo's weight,
 * or the ratio that counts where log-ratios are clipped.
 */
export function judge(
  config: Readonly<GRPOConfig>,
  ratio: number,
  A: number,
  { logp, phi }: { logp: number; phi: number },
): Judged {
  const rule = clipRule(config);
  if (rule.kind === "hard" && lossForm(config).rule === "geometric") {
    const clipped = isCut(rule, A, ratio);
    return { objective: phi * A, coefficient: clipped ? 0 : phi * A, clipped };
  }
  if (rule.kind === "hard") {
    const held = Math.min(rule.high, Math.max(rule.low, ratio));
    const capped = rule.delta === null ? ratio : Math.min(ratio, rule.delta);
    const clipped = isCut(rule, A, ratio);
    const either = A > 0 ? Math.min(capped, held) : Math.max(capped, held);
    const most = A < 0 && rule.dual !== null ? Math.min(either, rule.dual) : either;
    const objective = A === 0 ? 0 : most * A;
    return { objective, coefficient: clipped ? 0 : ratio * A, clipped };
  }
  if (rule.kind === "cap") {
    const coefficient = Math.max(Math.min(ratio, rule.cap), rule.floor) * A;
    const clipped = (ratio > rule.cap || ratio < rule.floor) && A !== 0;
    return { objective: coefficient * logp, coefficient, clipped };
  }
  if (lossForm(config).rule === "gate") {
    const { tau, gate } = sapoGate(config, ratio, A);
    return {
      objective: ((A * 4) / tau) * gate,
      coefficient: 4 * gate * (1 - gate) * ratio * A,
      clipped: false,
    };
  }
  return { objective: phi * A * logp, coefficient: phi * A, clipped: false };
}

/** A token's objective at ratio 1, where it is the advantage times a constant; NaN where log π weighs it. */
export function objectiveAtOne(config: Readonly<GRPOConfig>, A: number): number {
  const { rule } = lossForm(config);
  if (rule === "cap" || rule === "gamma") return NaN;
  return judge(config, 1, A, { logp: NaN, phi: 1 }).objective;
}

/** sapo's temperature for this sign of A, and σ(τ(ratio − 1)). */
export function sapoGate(config: Readonly<GRPOConfig>, ratio: number, A: number) {
  const tau = A > 0 ? config.sapo_temperature_pos : config.sapo_temperature_neg;
  return { tau, gate: 1 / (1 + Math.exp(-tau * (ratio - 1))) };
}

/** vespo's weight of a row with the sum of its log-ratios: φ = exp(λ + k·ln w − λ·w). */
export function vespoWeight(config: Readonly<GRPOConfig>, sumOfLogs: number, A: number) {
  const logW = Math.min(20, Math.max(Math.log(1e-8), sumOfLogs));
  const k = A >= 0 ? config.vespo_k_pos : config.vespo_k_neg;
  const lambda = Math.max(A >= 0 ? config.vespo_lambda_pos : config.vespo_lambda_neg, 1e-4);
  return { logW, k, lambda, phi: Math.exp(lambda + k * logW - lambda * Math.exp(logW)) };
}

/** vespo's weight of a row of a record. */
export function rowWeightOf(record: StepRecord, row: number) {
  let sum = 0;
  for (let i = row * record.columns; i < (row + 1) * record.columns; i++) {
    if (record.mask[i]) sum += Math.min(20, Math.max(-20, record.logRatio[i]!));
  }
  return vespoWeight(record.config, sum, record.advantage[row]!);
}

/** A ratio as the clip of log-ratios leaves it: held on the side that the sign of A binds. */
function heldRatio(config: Readonly<GRPOConfig>, ratio: number, A: number): number {
  const { low, high } = ratioLimits(config, "geometric");
  return A > 0 ? Math.min(ratio, high) : A < 0 ? Math.max(ratio, low) : ratio;
}

/** GMPO's ratio of a row of a record: the geometric mean of its tokens' clipped ratios. */
export function geometricRatio(record: StepRecord, row: number): number {
  const config = configAt(record, "token");
  const A = record.advantage[row]!;
  let [sum, length] = [0, 0];
  for (let i = row * record.columns; i < (row + 1) * record.columns; i++) {
    if (!record.mask[i]) continue;
    sum += Math.log(heldRatio(config, Math.exp(record.logRatio[i]!), A));
    length++;
  }
  return Math.exp(sum / Math.max(1, length));
}

/** What is made of the ratios of a row's tokens at a level, by the record's token index. */
export function judgeRow(
  record: StepRecord,
  level: "token" | "sequence",
  row: number,
): (index: number) => Judged {
  const { tokenRatio, logp } = record;
  const config = configAt(record, level);
  const s = record.sequenceRatio[row]!;
  const A = record.advantage[row]!;
  const { rule } = lossForm(config);
  const phi =
    rule === "gamma"
      ? rowWeightOf(record, row).phi
      : rule === "geometric"
        ? level === "token"
          ? geometricRatio(record, row)
          : heldRatio(config, s, A)
        : 1;
  return (index) =>
    judge(config, level === "token" ? tokenRatio[index]! : s, A, { logp: logp[index]!, phi });
}
