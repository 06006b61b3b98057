/** Whose mean a reward is compared with. */
export const baselines = ["group", "leave_one_out"] as const;
/** The mean of the whole group, or of its other completions. */
export type Baseline = (typeof baselines)[number];

/** Estimates of the KL divergence from one token: the log-ratio, half its square, and exp(u) − u − 1. */
export const klEstimators = ["k1", "k2", "k3"] as const;
export type KlEstimator = (typeof klEstimators)[number];

/**
 * What other trainers have and TRL has not. A configuration leaves out what is as in TRL; `fields` has
 * bounds, help and source of each.
 */
export interface FieldsBeyondTRL {
  advantage_baseline?: Baseline;
  advantage_std_eps?: number;
  advantage_std_unbiased?: boolean;
  advantage_std_leave_one_out?: boolean;
  dual_clip?: number | null;
  cispo_floor?: number;
  geometric_clip?: boolean;
  kl_estimator?: KlEstimator;
  kl_clamp?: number | null;
  decay_norms_and_biases?: boolean;
}

/** What TRL does, which has none of them. */
export const beyondDefaults = {
  advantage_baseline: "group",
  advantage_std_eps: 1e-4,
  advantage_std_unbiased: true,
  advantage_std_leave_one_out: false,
  dual_clip: null,
  cispo_floor: 0,
  geometric_clip: false,
  kl_estimator: "k3",
  kl_clamp: null,
  decay_norms_and_biases: false,
} as const satisfies Required<FieldsBeyondTRL>;

/** All of them, those that are left out as TRL has them. */
export const beyondTRL = (config: Readonly<FieldsBeyondTRL>): Required<FieldsBeyondTRL> => ({
  ...beyondDefaults,
  ...config,
});
