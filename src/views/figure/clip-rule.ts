import type { GRPOConfig, LossType } from "../../config/types.ts";

/** What a loss type does with a ratio that has moved far. */
export type ClipRule =
  /** min(ratio · A, clip(ratio, low, high) · A); `delta` caps the other side when A < 0. */
  | { kind: "hard"; low: number; high: number; delta: number | null }
  /** The ratio is a weight, held below `cap`; nothing loses its gradient. */
  | { kind: "cap"; cap: number }
  /** A smooth weight. */
  | { kind: "soft" };

const HARD: ReadonlySet<LossType> = new Set(["grpo", "bnpo", "dr_grpo", "dapo", "luspo"]);

export function clipRule(config: Readonly<GRPOConfig>): ClipRule {
  const high = config.epsilon_high ?? config.epsilon;
  if (HARD.has(config.loss_type)) {
    return { kind: "hard", low: 1 - config.epsilon, high: 1 + high, delta: config.delta };
  }
  // TRL compares cispo's ratio with epsilon_high itself, not with 1 + epsilon_high.
  return config.loss_type === "cispo" ? { kind: "cap", cap: high } : { kind: "soft" };
}

/** The one side on which a row can be clipped: above when A > 0, below when A < 0. */
export const bindingSide = (advantage: number): "above" | "below" | null =>
  advantage > 0 ? "above" : advantage < 0 ? "below" : null;

type HardRule = Extract<ClipRule, { kind: "hard" }>;

/**
 * The limits beyond which min(min(c, δ) · A, clip(c) · A) no longer depends on c. A delta inside the
 * band comes first where A > 0, and does nothing where A < 0.
 */
export function cutLimits(rule: HardRule, advantage: number): { low: number; high: number } {
  const { low, high, delta } = rule;
  if (advantage > 0) return { low: -Infinity, high: Math.min(high, delta ?? Infinity) };
  if (advantage < 0) return { low, high: delta === null ? Infinity : Math.max(high, delta) };
  return { low: -Infinity, high: Infinity };
}

/** Whether the clip takes the gradient from a ratio. */
export function isCut(rule: HardRule, advantage: number, ratio: number): boolean {
  const { low, high } = cutLimits(rule, advantage);
  return ratio < low || ratio > high;
}

/** The limit that holds a clipped ratio: 1 + ε_high, 1 − ε, or delta. */
export function bindingLimit(rule: ClipRule, advantage: number, ratio: number): number | null {
  if (rule.kind === "cap") return rule.cap;
  if (rule.kind === "soft") return null;
  const { low, high } = cutLimits(rule, advantage);
  return ratio > 1 ? high : low;
}

/** One line for a loss without a hard clip, null for the others. */
export function clipNote(rule: ClipRule): string | null {
  if (rule.kind === "soft") return "no hard clip for this loss";
  return rule.kind === "cap" ? `no clip: the weight is capped at ${rule.cap}` : null;
}
