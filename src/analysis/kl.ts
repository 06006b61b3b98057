import { beyondDefaults } from "../config/beyond-trl.ts";
import type { GRPOConfig } from "../config/types.ts";

// The estimates of KL(π ‖ π_ref) from one token in float64: shaders/objective/token-log-ratio.wgsl.

/** An estimate, and its derivative with respect to log π. */
export interface KlEstimate {
  value: number;
  slope: number;
  /** kl_clamp holds it: it has no gradient. */
  held: boolean;
}

/** @param u log π_ref − log π */
export function klEstimate(config: Readonly<GRPOConfig>, u: number): KlEstimate {
  const { kl_estimator: kind = beyondDefaults.kl_estimator } = config;
  const { kl_clamp: most = beyondDefaults.kl_clamp } = config;
  const { value, slope } = ESTIMATES[kind](u);
  return most !== null && Math.abs(value) > most
    ? { value: Math.sign(value) * most, slope: 0, held: true }
    : { value, slope, held: false };
}

const ESTIMATES = {
  k1: (u: number) => ({ value: -u, slope: 1 }),
  k2: (u: number) => ({ value: u ** 2 / 2, slope: -u }),
  k3: (u: number) => ({ value: Math.expm1(u) - u, slope: -Math.expm1(u) }),
};
