import type { GRPOConfig } from "../../config/types.ts";
import { OBJECTIVE_METRICS } from "../objective/metrics.ts";

const SUM = OBJECTIVE_METRICS.indexOf("entropy_bonus/sum");
const TOKENS = OBJECTIVE_METRICS.indexOf("entropy_bonus/tokens");

/** Where the control of `entropy_coef` stands: `use_adaptive_entropy`. */
export interface EntropyControllerState {
  /** Null before the first step that it acts on. */
  coefficient: number | null;
  entropy: number;
}

/**
 * Skywork-OR1's controller of the entropy bonus, as in TRL's `_compute_loss`: the coefficient moves
 * by a fixed step after each optimizer step, towards the target entropy of the tokens that the
 * bonus acts on; it acts on the next step, and only if the entropy was at or below the target.
 */
export class EntropyController {
  #coefficient: number | null = null;
  #entropy = Infinity;

  /** The configuration with the coefficient that this step applies. */
  apply(config: GRPOConfig): GRPOConfig {
    if (!config.use_adaptive_entropy) {
      this.#coefficient = null;
      return config;
    }
    this.#coefficient ??= config.entropy_coef;
    const acts = this.#entropy <= config.entropy_target;
    return { ...config, entropy_coef: acts ? this.#coefficient : 0 };
  }

  /** Takes in the objective's metrics of every micro-batch; returns the coefficient to log, if any. */
  observe(config: GRPOConfig, metrics: Float32Array): number | null {
    if (!config.use_adaptive_entropy || this.#coefficient === null) return null;
    const total = (slot: number) => {
      let sum = 0;
      for (let at = slot; at < metrics.length; at += OBJECTIVE_METRICS.length) sum += metrics[at]!;
      return sum;
    };
    this.#entropy = total(SUM) / Math.max(total(TOKENS), 1);
    const { entropy_coef_delta: delta, entropy_coef_min: min, entropy_coef_max: max } = config;
    this.#coefficient =
      this.#entropy <= config.entropy_target
        ? Math.min(this.#coefficient + delta, max)
        : Math.max(this.#coefficient - delta, min);
    return this.#coefficient;
  }

  /** Where it stands, as plain data; another one goes on there when it is given it. */
  get state(): EntropyControllerState {
    return { coefficient: this.#coefficient, entropy: this.#entropy };
  }
  set state({ coefficient, entropy }: EntropyControllerState) {
    this.#coefficient = coefficient;
    this.#entropy = entropy;
  }

  reset(): void {
    this.#coefficient = null;
    this.#entropy = Infinity;
  }
}
