import type { Fact } from "../finding.ts";
import type { GRPOConfig } from "../types.ts";
import { upperEpsilon } from "../clip-band.ts";
import { clips } from "../loss-types.ts";
import { isSequence } from "./fact.ts";
import {
  everythingTruncated,
  gradientIsLost,
  notANumber,
  oneRewardAtTheOthersCost,
} from "./progress-faults.ts";
import {
  halvedRate,
  mean,
  percent,
  show,
  WINDOW,
  type Progress,
  type ProgressRule,
} from "./progress-rule.ts";

/**
 * What a run has come to that its reader should know, from its last steps. Of one whose configuration
 * is not known, `config` null, only what its metrics show.
 */
export function progressFindings(all: readonly Progress[], config: GRPOConfig | null): Fact[] {
  const recent = all.slice(-WINDOW);
  const rules = all.length < WINDOW ? [notANumber] : [notANumber, ...trends];
  return rules.flatMap((rule) => rule(recent, all, config) ?? []);
}

const lossIsNotProgress: ProgressRule = (recent) => {
  const loss = mean(recent, "loss", Math.abs);
  const norm = mean(recent, "grad_norm");
  if (!(loss < 1e-3 && norm > 1e-2)) return null;
  return {
    id: "loss-is-not-progress",
    severity: "note",
    message: `The loss is about 0 and the gradient is not (norm ${show(norm)}).`,
    reason:
      "Advantages sum to 0 in each group, so near a ratio of 1 the loss does too; only its gradient means something.",
    remedy: "Watch the reward instead.",
    patch: null,
    fields: ["loss_type"],
  };
};

const rewardsAreEqual: ProgressRule = (recent) => {
  const share = mean(recent, "frac_reward_zero_std");
  if (!(share > 0.9)) return null;
  return {
    id: "rewards-are-equal",
    severity: "warning",
    message: `In ${percent(share)} of the groups all rewards are equal.`,
    reason: "Their advantages are 0, so these groups teach nothing.",
    remedy: "Make the prompts harder or easier, raise the temperature, or add partial credit.",
    patch: null,
    fields: ["difficulty", "temperature", "num_generations", "reward_weights"],
  };
};

const entropyCollapsed: ProgressRule = (recent, all, config) => {
  const before = mean(all.slice(0, WINDOW), "entropy");
  const now = mean(recent, "entropy");
  if (!(now < 0.1 * before && now < 0.1)) return null;
  return {
    id: "entropy-collapsed",
    severity: "warning",
    message: `The entropy fell from ${show(before)} to ${show(now)} nats per token.`,
    reason: "The policy hardly tries anything else any more, so there is little left to compare.",
    remedy: "Halve the learning rate and start again, or go back to before it happened.",
    patch: halvedRate(config),
    fields: ["learning_rate", "temperature", "entropy_coef"],
  };
};

const farFromReference: ProgressRule = (recent, _all, config) => {
  const kl = mean(recent, "kl");
  if (config === null || config.beta === 0 || !(kl > 1)) return null;
  return {
    id: "far-from-reference",
    severity: "warning",
    message: `The KL estimate is ${show(kl)} nats per token, with beta ${config.beta}.`,
    reason: "The policy has left the reference; k3 grows exponentially from here.",
    remedy: "Halve the learning rate.",
    patch: halvedRate(config),
    fields: ["beta", "learning_rate"],
  };
};

const offPolicy = (steps: readonly Progress[]) => steps.filter(({ innerStep }) => innerStep > 0);

const mostIsClipped: ProgressRule = (recent, _all, config) => {
  const share = mean(offPolicy(recent), "clip_ratio/region_mean");
  if (config === null || !clips(config) || !(share > 0.5)) return null;
  return {
    id: "most-is-clipped",
    severity: "warning",
    message: `After the first step of each rollout, ${percent(share)} of the ${unit(config)} are clipped.`,
    reason: "What is clipped has no gradient, so the later steps of a rollout do little.",
    remedy: "Double ε on both sides.",
    patch: { epsilon: 2 * config.epsilon, epsilon_high: 2 * upperEpsilon(config) },
    fields: ["epsilon", "epsilon_high", "learning_rate"],
  };
};

const nothingClipped: ProgressRule = (recent, _all, config) => {
  const later = offPolicy(recent);
  const share = mean(later, "clip_ratio/region_mean");
  if (config === null || !clips(config)) return null;
  if (later.length < WINDOW / 4 || share !== 0) return null;
  return {
    id: "nothing-clipped",
    severity: "note",
    message: `Not one of the ${unit(config)} was clipped in the last ${later.length} off-policy steps.`,
    reason: `No ratio with the sign that counts left the range from ${show(1 - config.epsilon)} to ${show(1 + upperEpsilon(config))}.`,
    remedy: "Halve ε to see it at work.",
    patch: { epsilon: config.epsilon / 2, epsilon_high: upperEpsilon(config) / 2 },
    fields: ["epsilon", "epsilon_high"],
  };
};

/** In the order in which they are shown. */
const trends: readonly ProgressRule[] = [
  gradientIsLost,
  everythingTruncated,
  rewardsAreEqual,
  oneRewardAtTheOthersCost,
  entropyCollapsed,
  farFromReference,
  mostIsClipped,
  nothingClipped,
  lossIsNotProgress,
];

const unit = (config: GRPOConfig) => (isSequence(config) ? "rows" : "tokens");
