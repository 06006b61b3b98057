import type { GRPOConfig } from "../../config/types.ts";
import { microValues } from "../../record/metric-rules.ts";
import type { MetricName } from "../../record/metrics.ts";

// Skywork-OR1's controller of the entropy bonus, as in TRL's `_compute_loss`: the coefficient moves
// by a fixed step after each optimizer step, towards the target entropy of the tokens that the bonus
// acts on; it acts on the next step, and only if the entropy was at or below the target.

/** Where the control of `entropy_coef` stands (`use_adaptive_entropy`); plain data. */
export interface EntropyControl {
  /** Null before the first step that it acts on, and where it is off. */
  coefficient: number | null;
  /** Of the last step, in nats. */
  entropy: number;
}

/** Before the first step. */
export const ENTROPY_START: Readonly<EntropyControl> = { coefficient: null, entropy: Infinity };

/** At the beginning of a step: the configured coefficient is where it moves from. */
export const beginEntropy = (at: EntropyControl, config: GRPOConfig): EntropyControl => ({
  ...at,
  coefficient: config.use_adaptive_entropy ? (at.coefficient ?? config.entropy_coef) : null,
});

/** The configuration with the coefficient that a step applies which begins there. */
export function applyEntropy(
  { coefficient, entropy }: EntropyControl,
  config: GRPOConfig,
): GRPOConfig {
  if (!config.use_adaptive_entropy || coefficient === null) return config;
  return { ...config, entropy_coef: entropy <= config.entropy_target ? coefficient : 0 };
}

/**
 * Takes in the objective's metrics of every micro-batch of the step. The coefficient that it comes to
 * is logged, if there is one.
 */
export function observeEntropy(
  at: EntropyControl,
  config: GRPOConfig,
  metrics: Float32Array,
): EntropyControl {
  if (!config.use_adaptive_entropy || at.coefficient === null) return at;
  const total = (name: MetricName) =>
    microValues(name, metrics).reduce((sum, value) => sum + value, 0);
  const entropy = total("entropy_bonus/sum") / Math.max(total("entropy_bonus/tokens"), 1);
  const { entropy_coef_delta: delta, entropy_coef_min: min, entropy_coef_max: max } = config;
  const coefficient =
    entropy <= config.entropy_target
      ? Math.min(at.coefficient + delta, max)
      : Math.max(at.coefficient - delta, min);
  return { coefficient, entropy };
}
