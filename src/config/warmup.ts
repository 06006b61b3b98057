import type { GRPOConfig } from "./types.ts";

/**
 * Optimizer steps of warmup. `warmup_steps` as in transformers 5 (below 1: a share of the run);
 * where it is 0, `warmup_ratio` as in transformers 4.
 */
export function warmupSteps(
  { warmup_steps, warmup_ratio }: Pick<GRPOConfig, "warmup_steps" | "warmup_ratio">,
  total: number,
): number {
  if (warmup_steps >= 1) return Math.trunc(warmup_steps);
  return Math.ceil(total * (warmup_steps > 0 ? warmup_steps : warmup_ratio));
}
