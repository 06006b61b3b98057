/**
 * The metrics of one micro-batch in the order of `metrics.wgsl`'s slots: TRL's names first, then
 * ours. A metric that the config leaves undefined is NaN.
 */
export const OBJECTIVE_METRICS: readonly string[] = [
  "loss",
  "policy_loss", // before the entropy bonus and accumulation; only with the bonus
  "entropy_coef", // only with the bonus
  "entropy",
  "kl",
  "clip_ratio/low_mean",
  "clip_ratio/high_mean",
  "clip_ratio/region_mean",
  "clip_ratio/low_min",
  "clip_ratio/high_max",
  "cispo_clip_ratio",
  "vespo/phi_seq_mean",
  "sampling/sampling_logp_difference/mean",
  "sampling/sampling_logp_difference/max",
  "ratio/token_std", // of the log-ratio, over the tokens that count
  "ratio/sequence_std", // of the row means of the log-ratio
  "ratio/token_min",
  "ratio/token_max",
  "ratio/sequence_min",
  "ratio/sequence_max",
  "ratio/token_clipped", // share of tokens that clipping at token level cuts off
  "ratio/sequence_clipped", // share of rows that clipping at sequence level cuts off
  "entropy_bonus/sum", // nats over the tokens that the bonus acts on; only with the bonus
  "entropy_bonus/tokens", // how many those are
  "nonfinite", // entries of the gradient, and rows of the loss, that are not numbers
];

/** Names the slots of a metrics buffer that was read back. */
export const nameMetrics = (slots: ArrayLike<number>): Record<string, number> =>
  Object.fromEntries(OBJECTIVE_METRICS.map((name, slot) => [name, slots[slot]!]));
