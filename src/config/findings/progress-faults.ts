import {
  halvedRate,
  mean,
  percent,
  show,
  valuesOf,
  WINDOW,
  type Progress,
  type ProgressRule,
} from "./progress-rule.ts";

/** Metrics that are defined in every step that has them at all: NaN is a fault there. */
const ALWAYS_NUMBERS = ["loss", "grad_norm"];

/** Whether a step left a loss or a gradient that is no number. */
const isBroken = ({ metrics }: Progress): boolean =>
  (metrics.nonfinite ?? 0) > 0 ||
  ALWAYS_NUMBERS.some((name) => {
    const value = metrics[name];
    return value !== undefined && !Number.isFinite(value);
  });

/** One step is enough, so that this one waits for no window. */
export const notANumber: ProgressRule = (recent, _all, config) => {
  const broken = recent.filter(isBroken);
  if (broken.length === 0) return null;
  const names = ALWAYS_NUMBERS.filter((name) =>
    broken.some(({ metrics }) => metrics[name] !== undefined && !Number.isFinite(metrics[name])),
  );
  const what = names.length > 0 ? names.join(" and ") : "part of the gradient";
  return {
    id: "not-a-number",
    severity: "warning",
    message: `In ${broken.length} of the last ${recent.length} steps ${what} ${names.length > 1 ? "are" : "is"} not a number (NaN or infinite).`,
    reason:
      "A step that is applied with such a gradient leaves weights that are not numbers, and every step after it is lost.",
    remedy: "Go back to before the first of them and halve the learning rate.",
    patch: halvedRate(config),
    fields: ["learning_rate", "max_grad_norm"],
  };
};

// Twice as long still fits the context here.
const MOST_DOUBLED = 512;

export const everythingTruncated: ProgressRule = (recent, _all, config) => {
  const share = mean(recent, "completions/clipped_ratio");
  if (!(share > 0.95)) return null;
  const length = config?.max_completion_length;
  const limit = length === undefined ? "" : ` (${length})`;
  return {
    id: "everything-truncated",
    severity: "warning",
    message: `In the last ${recent.length} steps ${percent(share)} of the completions were cut off at max_completion_length${limit}.`,
    reason: config?.mask_truncated_completions
      ? "mask_truncated_completions leaves them out of the loss, so hardly anything is learned."
      : "A completion that is cut off has not said its end: rewards that look there see none, and nothing teaches the policy to stop.",
    remedy: "Double max_completion_length, or reward completions that end.",
    patch:
      length !== undefined && length <= MOST_DOUBLED ? { max_completion_length: 2 * length } : null,
    fields: ["max_completion_length", "mask_truncated_completions"],
  };
};

/**
 * Rewards that differ within groups make advantages, and the first step on a rollout clips nothing:
 * an objective with a gradient. A gradient of exactly 0 is then lost on the way.
 */
export const gradientIsLost: ProgressRule = (recent, _all, config) => {
  const norms = valuesOf(recent, "grad_norm");
  const equal = mean(recent, "frac_reward_zero_std");
  const cut = mean(recent, "completions/clipped_ratio");
  const firstSteps = recent.filter(({ innerStep }) => innerStep === 0).length;
  if (norms.length < WINDOW || norms.some((norm) => norm !== 0)) return null;
  // Where half of the groups are equal, a slice of a rollout may hold none but these.
  if (!(equal < 0.5) || firstSteps < 3) return null;
  // Unless it is known that truncated completions count, they may be what is left out.
  if (cut > 0.5 && config?.mask_truncated_completions !== false) return null;
  if (config?.top_entropy_quantile === 0) return null;
  return {
    id: "gradient-is-lost",
    severity: "warning",
    message: `The gradient was exactly 0 in the last ${recent.length} steps, although rewards differ in ${percent(1 - equal)} of the groups.`,
    reason:
      "These groups have advantages and the first step on a rollout clips nothing, so the objective has a gradient: the software loses it, and no setting of the objective brings it back.",
    remedy:
      config === null
        ? "Look for frozen or detached weights in the trainer that logged it."
        : 'In a trainer of your own look for frozen or detached weights; on this page press "Verify on this GPU" in the Guide and report what it says.',
    patch: null,
    fields: ["loss_type"],
  };
};

/** How a reward function's mean went from the run's first steps to its last. */
interface Trend {
  name: string;
  before: number;
  now: number;
  /** In standard errors, with each rollout counted once however many steps it serves. */
  change: number;
}

/** A change that chance makes in one of some thousand runs, and a tenth of what was there at least. */
const CLEAR = 4;

const rises = ({ before, now, change }: Trend) =>
  change > CLEAR && now - before > least(before, now);
const falls = ({ before, now, change }: Trend) =>
  change < -CLEAR && before - now > least(before, now);
const least = (before: number, now: number) => 0.1 * Math.max(Math.abs(before), Math.abs(now));

function trend(name: string, first: readonly Progress[], last: readonly Progress[]): Trend {
  const [a, b] = [moments(valuesOf(first, name)), moments(valuesOf(last, name))];
  const change = (b.mean - a.mean) / Math.sqrt(a.error + b.error);
  return { name, before: a.mean, now: b.mean, change };
}

/** The mean of values, and its squared error; steps on one rollout repeat its values. */
function moments(values: readonly number[]): { mean: number; error: number } {
  const rollouts = values.filter((value, i) => value !== values[i - 1]);
  const average = rollouts.reduce((sum, value) => sum + value, 0) / rollouts.length;
  const squares = rollouts.reduce((sum, value) => sum + (value - average) ** 2, 0);
  // One value says nothing of its error; that of a constant reward is 0.
  const variance = rollouts.length > 1 ? squares / (rollouts.length - 1) : 0;
  return { mean: average, error: variance / rollouts.length };
}

export const oneRewardAtTheOthersCost: ProgressRule = (recent, all) => {
  if (all.length < 2 * WINDOW) return null;
  const first = all.slice(0, WINDOW);
  const names = Object.keys(recent.at(-1)?.metrics ?? {}).filter((name) =>
    /^rewards\/.+\/mean$/.test(name),
  );
  const trends = names.map((name) => trend(name, first, recent));
  const [up, ...more] = trends.filter(rises);
  const down = trends.filter(falls);
  if (up === undefined || more.length > 0 || down.length === 0) return null;
  // Where the sum falls as well, the policy is not after it.
  if (falls(trend("reward", first, recent))) return null;
  const told = ({ name, before, now }: Trend) =>
    `${nameOf(name)} (${show(before)} to ${show(now)})`;
  return {
    id: "one-reward-at-the-others-cost",
    severity: "warning",
    message: `${told(up)} rose since the run's first steps while ${down.map(told).join(" and ")} fell.`,
    reason:
      "Their weighted sum is what is trained, so the policy may collect the one and give up the rest: that is what reward hacking looks like.",
    remedy: `Read the newest completions, and lower the weight of ${nameOf(up.name)} or make it depend on the others.`,
    patch: null,
    fields: ["reward_weights"],
  };
};

const nameOf = (metric: string) => metric.slice("rewards/".length, -"/mean".length);
