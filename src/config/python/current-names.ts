import type { GRPOConfig } from "../types.ts";

/**
 * The same configuration under the names of TRL 1.13 and transformers 5, where a share of warmup is
 * a `warmup_steps` below 1. A share of 1, the whole run, cannot be said that way: it is the run's
 * `total` optimizer steps, and stays where they are not known.
 */
export function currentNames(config: GRPOConfig, total?: number): GRPOConfig {
  const { warmup_steps, warmup_ratio } = config;
  if (warmup_ratio === 0) return config;
  if (warmup_steps > 0) return { ...config, warmup_ratio: 0 };
  const renamed = warmup_ratio < 1 ? warmup_ratio : total;
  return renamed === undefined ? config : { ...config, warmup_steps: renamed, warmup_ratio: 0 };
}
