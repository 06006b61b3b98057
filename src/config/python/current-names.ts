import type { GRPOConfig } from "../types.ts";

/**
 * The same configuration under the names of TRL 1.13 and transformers 5, where a share of warmup is
 * a `warmup_steps` below 1. A share of 1, the whole run, cannot be said that way and stays.
 */
export function currentNames(config: GRPOConfig): GRPOConfig {
  const { warmup_steps, warmup_ratio } = config;
  if (warmup_ratio === 0) return config;
  if (warmup_steps > 0) return { ...config, warmup_ratio: 0 };
  return warmup_ratio < 1 ? { ...config, warmup_steps: warmup_ratio, warmup_ratio: 0 } : config;
}
