/** How several values of a metric make one. */
export type Combined = "mean" | "sum" | "min" | "max" | "last";

/** A row of the table: a metric, or with `*` for any text a family of them, under TRL's name. */
export interface Metric {
  /**
   * Where a step has it from: the objective's kernels, one value a micro-batch; the rollout, whose
   * steps all have the same; the step itself; or an evaluation, which has a log line of its own.
   */
  from: "objective" | "rollout" | "step" | "evaluation";
  /** How the micro-batches of a step make one value; by default, as TRL does it, their mean. */
  micro?: Combined;
  /**
   * How processes that share a micro-batch do: the smallest, the largest, or a mean that counts
   * tokens, or what the level that drives has one ratio of; by default rows.
   */
  processes?: "min" | "max" | "tokens" | "driving";
  /** How the steps of a log line do; by default their mean. */
  steps?: Combined;
  /** Its NaN must be seen, not averaged away. */
  keepsNaN?: true;
  /** It says something of a training step only: an evaluation leaves it out. */
  ofTraining?: true;
  /** A log's own value stands, where other metrics are computed from its log-probs. */
  measured?: true;
  /** At k = 0 every ratio is 1: a chart shows the last inner step of each rollout alone. */
  ofRatios?: true;
  /** Level whose ratios it is of; the row of the same label at the other level is its counterpart. */
  level?: "token" | "sequence";
  /** What a chart of it is called; by default its name. */
  label?: string;
  unit?: string;
  /** What a chart multiplies it by, 1 by default; 100 makes a share a percentage. */
  scale?: number;
  /** Of a chart's axis: its upper end until the data goes beyond it, and the decimals of values. */
  axis?: { top: number; decimals: number };
}

const smallest = { micro: "min", processes: "min", steps: "min" } as const;
const largest = { micro: "max", processes: "max", steps: "max" } as const;
const ratio = { from: "objective", ofRatios: true, ofTraining: true } as const;
const clipRatio = { from: "objective", ofRatios: true } as const;
const completions = { from: "rollout", unit: "tokens" } as const;

/**
 * Every metric of a step: how its values combine, and how it is shown, follow from here. Those of the
 * objective come first, in the order of the slots that shaders/statistics/objective-metrics.wgsl
 * writes; one that the config leaves undefined is NaN. Of the families the first that fits holds.
 */
export const METRICS = {
  /** With the entropy bonus; each micro-batch's is already divided by the accumulation steps. */
  loss: { from: "objective", micro: "sum", keepsNaN: true },
  /** Before the entropy bonus and accumulation; only with the bonus. */
  policy_loss: { from: "objective" },
  /** Only with the bonus. */
  entropy_coef: { from: "objective" },
  /** Mean of the tokens that count, from 0. */
  entropy: {
    from: "objective",
    processes: "tokens",
    label: "Entropy",
    unit: "nats/token",
    axis: { top: 0.5, decimals: 3 },
  },
  /** Estimate k3 of KL(π ‖ π_ref), from 0; only where beta is not 0. */
  kl: {
    from: "objective",
    processes: "tokens",
    label: "KL",
    unit: "nats/token",
    axis: { top: 0.01, decimals: 4 },
  },
  /** Share of what the driving level has one ratio of that its clip binds from below, where A < 0. */
  "clip_ratio/low_mean": { ...clipRatio, processes: "driving" },
  /** The same from above, where A > 0. */
  "clip_ratio/high_mean": { ...clipRatio, processes: "driving" },
  /** Both together, 0 to 1. */
  "clip_ratio/region_mean": {
    ...clipRatio,
    processes: "driving",
    label: "Clipped",
    unit: "%",
    scale: 100,
    axis: { top: 10, decimals: 1 },
  },
  /** Least share of a completion that is clipped from below. */
  "clip_ratio/low_min": { ...clipRatio, processes: "min" },
  /** Greatest share of a completion that is clipped from above. */
  "clip_ratio/high_max": { ...clipRatio, processes: "max" },
  /** Share of ratios that cispo caps; only with cispo. */
  cispo_clip_ratio: { from: "objective", processes: "driving" },
  /** Mean weight that vespo gives a completion; only with vespo. */
  "vespo/phi_seq_mean": { from: "objective" },
  /** Mean distance of the sampler's log-probs from the trainer's, nats. */
  "sampling/sampling_logp_difference/mean": {
    from: "objective",
    ofTraining: true,
    measured: true,
  },
  /** The largest one. */
  "sampling/sampling_logp_difference/max": {
    from: "objective",
    processes: "max",
    ofTraining: true,
    measured: true,
  },
  /** Standard deviation of the log-ratio over the tokens that count, from 0. */
  "ratio/token_std": {
    ...ratio,
    level: "token",
    label: "Spread",
    unit: "sd log r",
    axis: { top: 0.08, decimals: 3 },
  },
  /** The same of the rows' mean log-ratios. */
  "ratio/sequence_std": {
    ...ratio,
    level: "sequence",
    label: "Spread",
    unit: "sd log r",
    axis: { top: 0.08, decimals: 3 },
  },
  "ratio/token_min": { ...ratio, ...smallest, level: "token" },
  "ratio/token_max": { ...ratio, ...largest, level: "token" },
  "ratio/sequence_min": { ...ratio, ...smallest, level: "sequence" },
  "ratio/sequence_max": { ...ratio, ...largest, level: "sequence" },
  /** Share of tokens that clipping at token level cuts off, 0 to 1. */
  "ratio/token_clipped": { ...ratio, level: "token" },
  /** Share of rows that clipping at sequence level cuts off, 0 to 1. */
  "ratio/sequence_clipped": { ...ratio, level: "sequence" },
  /** Nats over the tokens that the bonus acts on; only with the bonus. */
  "entropy_bonus/sum": { from: "objective", ofTraining: true },
  /** How many those are. */
  "entropy_bonus/tokens": { from: "objective", ofTraining: true },
  /** Entries of the gradient, and rows of the loss, that are not numbers. */
  nonfinite: { from: "objective", micro: "sum", steps: "sum", ofTraining: true },

  /** Mean weighted reward of the rollout's completions. */
  reward: {
    from: "rollout",
    label: "Reward",
    unit: "mean",
    axis: { top: 1, decimals: 3 },
  },
  /** Standard deviation of the weighted reward over the rollout. */
  reward_std: { from: "rollout" },
  /** Share of groups whose rewards are all the same, 0 to 1: they teach nothing. */
  frac_reward_zero_std: { from: "rollout" },
  /** Mean and standard deviation of each reward function: rewards/NAME/mean, rewards/NAME/std. */
  "rewards/*": { from: "rollout" },
  "completions/mean_length": completions,
  "completions/min_length": completions,
  "completions/max_length": completions,
  /** Share of completions that the limit cut off, 0 to 1. */
  "completions/clipped_ratio": { from: "rollout" },
  /** Of those that ended by themselves; 0 where none did. */
  "completions/mean_terminated_length": completions,
  "completions/min_terminated_length": completions,
  "completions/max_terminated_length": completions,
  /** What else other trainers log of them. */
  "completions/*": { from: "rollout" },

  /** Norm of the gradient of all weights, before clipping. */
  grad_norm: {
    from: "step",
    steps: "last",
    label: "Grad norm",
    unit: "unclipped",
    axis: { top: 0.5, decimals: 2 },
  },
  /** That this step was taken with. */
  learning_rate: { from: "step", steps: "last" },
  /**
   * Load-balancing loss of a mixture of experts, before router_aux_loss_coef: the number of experts per
   * token where the load is even; only of a policy with a mixture.
   */
  aux_loss: { from: "step", processes: "tokens", label: "Load-balancing loss" },
  /**
   * Share of (token, layer) whose experts are not those under the weights that made the rollout, 0 to 1;
   * only of a policy with a mixture.
   */
  "router/flipped": {
    from: "step",
    processes: "tokens",
    ofRatios: true,
    ofTraining: true,
    label: "Flipped routes",
    unit: "%",
    scale: 100,
    axis: { top: 10, decimals: 1 },
  },
  /** Passes over the prompts so far, with fractions. */
  epoch: { from: "step", steps: "last" },
  /** Tokens of prompts and completions so far. */
  num_tokens: { from: "step", steps: "last", unit: "tokens" },
  /** Wall-clock time of the step, its rollout included. */
  step_time: { from: "step", unit: "s" },
  /** Ours: quantiles (ratio/token_p05 …), clip limits (ratio/token_limit_low …), ratio/bin_width. */
  "ratio/*": { from: "step", ofRatios: true, ofTraining: true },
  /** What else other trainers log of it. */
  "clip_ratio/*": { from: "step", ofRatios: true },

  eval_reward: {
    from: "evaluation",
    label: "Eval reward",
    unit: "held out",
    axis: { top: 1, decimals: 3 },
  },
  /** The same metrics of prompts that are not trained on, and eval_runtime, seconds. */
  "eval_*": { from: "evaluation" },
} as const satisfies Readonly<Record<string, Metric>>;

/** Names of the metrics that the table has one by one. */
export type MetricName = Exclude<keyof typeof METRICS, `${string}*`>;
