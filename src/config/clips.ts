import type { GRPOConfig, LossType } from "./types.ts";

const HARD_CLIP: ReadonlySet<LossType> = new Set(["grpo", "bnpo", "dr_grpo", "dapo", "luspo"]);

/** Whether the loss takes the gradient from ratios beyond [1 − ε, 1 + ε_high]. */
export const clips = ({ loss_type }: Pick<GRPOConfig, "loss_type">): boolean =>
  HARD_CLIP.has(loss_type);
