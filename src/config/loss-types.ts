import type { GRPOConfig, LossType } from "./types.ts";

/** What a loss type makes of the ratios and how it adds up, after TRL 1.13's `_compute_loss`. */
export interface LossForm {
  /**
   * How the loss depends on the ratio: the least of two products, one of them clipped; a weight below a
   * cap, outside of the gradient; sapo's gate; vespo's gamma weight of a row, outside of the gradient;
   * GMPO's geometric mean of clipped ratios, in the place of the clip.
   */
  rule: "clip" | "cap" | "gate" | "gamma" | "geometric";
  /** What becomes of a row's tokens: their mean, or their sum. */
  row: "mean" | "sum";
  /**
   * What the rows' sum is divided by: the rows; the tokens of their micro-batch, whose results are then
   * averaged; the rows times `max_completion_length`; the step's share of the rollout's tokens.
   */
  divisor: "rows" | "micro-batch tokens" | "longest rows" | "rollout tokens";
}

const FORMS: Readonly<Record<LossType, LossForm>> = {
  grpo: { rule: "clip", row: "mean", divisor: "rows" },
  bnpo: { rule: "clip", row: "sum", divisor: "micro-batch tokens" },
  dr_grpo: { rule: "clip", row: "sum", divisor: "longest rows" },
  dapo: { rule: "clip", row: "sum", divisor: "rollout tokens" },
  cispo: { rule: "cap", row: "sum", divisor: "rollout tokens" },
  sapo: { rule: "gate", row: "mean", divisor: "rows" },
  luspo: { rule: "clip", row: "sum", divisor: "rows" },
  vespo: { rule: "gamma", row: "sum", divisor: "rollout tokens" },
};

type Formed = Pick<GRPOConfig, "loss_type" | "geometric_clip">;

const GEOMETRIC = Object.fromEntries(
  Object.entries(FORMS).map(([name, form]) => [name, { ...form, rule: "geometric" }]),
) as Record<LossType, LossForm>;

export const lossForm = ({ loss_type, geometric_clip = false }: Formed): LossForm =>
  geometric_clip && FORMS[loss_type].rule === "clip" ? GEOMETRIC[loss_type] : FORMS[loss_type];

/** Whether the loss takes the gradient from ratios beyond its band. */
export const clips = (config: Formed): boolean =>
  ["clip", "geometric"].includes(lossForm(config).rule);
