/** A row of the table: one quantity of a record, apart from what it means. */
export interface Quantity {
  /** What it has one entry of: [row][token], [row][token][mixture][expert], [row], [function] or [function][row]. */
  per: "token" | "route" | "row" | "function" | "function and row";
  element: "f32" | "u32" | "text";
  /**
   * What a step has it from: the policy's forward pass, the batch in its slots or the objective's
   * kernels, all copied out of the GPU under its name after each micro-batch; the routers, where the
   * policy has a mixture, the same way; or the rollout.
   */
  from: "policy" | "batch" | "objective" | "router" | "rollout";
  /** The source holds anything where `mask` is 0: the record has 0 there. */
  masked?: true;
  /** Null where it was not computed; or absent: what is from routers, of a policy without a mixture. */
  optional?: "null" | "absent";
  /**
   * A recording leaves it out where it follows from the rest (runs/compact-record.ts), or keeps its
   * factor to the coefficient, one a row.
   */
  compact?: "follows" | "slope";
}

/**
 * Every quantity of a step's record: types, the list of what is copied out of the GPU, the schema of
 * files, recordings and sizes follow from here. Matrices are row-major, `rows` completions ×
 * `columns` token positions. The order is that of a record's keys, and so of the files.
 */
export const QUANTITIES = {
  /** The prompt of each row, as shown to a person. [row] */
  prompt: { per: "row", element: "text", from: "rollout" },
  /** The completion of each row, as shown to a person. [row] */
  completion: { per: "row", element: "text", from: "rollout" },
  /** Index of the row's prompt within its generation, from 0: rows with the same number are a group. [row] */
  group: { per: "row", element: "u32", from: "rollout" },
  /** Tokens the policy made, its end-of-sequence included, up to `columns`. [row] */
  length: { per: "row", element: "u32", from: "rollout" },
  /** 1 where the completion ran into the limit without an end-of-sequence, else 0. [row] */
  truncated: { per: "row", element: "u32", from: "rollout" },

  /** Completion token ids; 0 beyond the row's end. [row][token] */
  tokens: { per: "token", element: "u32", from: "rollout" },
  /** 1 where the token counts in the loss, else 0. [row][token] */
  mask: { per: "token", element: "u32", from: "rollout", compact: "follows" },
  /** log π of the token under the weights of this step, tempered; at most 0. [row][token] */
  logp: { per: "token", element: "f32", from: "policy", masked: true, compact: "follows" },
  /** The same under the weights that made the rollout. [row][token] */
  logpOld: { per: "token", element: "f32", from: "batch", masked: true },
  /** The same under the frozen reference; null when beta is 0. [row][token] */
  logpRef: { per: "token", element: "f32", from: "batch", masked: true, optional: "null" },
  /** The sampler's own log-probability, before any filter; differs from logpOld by rounding. [row][token] */
  logpSampled: { per: "token", element: "f32", from: "rollout", masked: true, compact: "follows" },
  /** Entropy of the tempered distribution, nats, 0 to log of the vocabulary's size. [row][token] */
  entropy: { per: "token", element: "f32", from: "policy", masked: true },

  /** logp − logpOld. [row][token] */
  logRatio: { per: "token", element: "f32", from: "objective" },
  /** exp(logRatio), GRPO's ratio, above 0. [row][token] */
  tokenRatio: { per: "token", element: "f32", from: "objective", compact: "follows" },
  /** exp(mean logRatio over the row), GSPO's ratio: the geometric mean of the row. [row] */
  sequenceRatio: { per: "row", element: "f32", from: "objective", compact: "follows" },
  /** 1 where the clip cut the token's ratio off at token level, under that level's ε. [row][token] */
  tokenClipped: { per: "token", element: "u32", from: "objective" },
  /** 1 where the clip cut the row's ratio off at sequence level, under that level's ε. [row] */
  sequenceClipped: { per: "row", element: "u32", from: "objective" },

  /** Â of the row. [row] */
  advantage: { per: "row", element: "f32", from: "rollout" },
  /** Ratio × advantage after clipping, at token level: what token clipping puts on ∇log π. [row][token] */
  tokenCoefficient: { per: "token", element: "f32", from: "objective", compact: "follows" },
  /** The same at sequence level. [row] */
  sequenceCoefficient: { per: "row", element: "f32", from: "objective", compact: "follows" },
  /** The coefficient of the level that drives this arm. [row][token] */
  coefficient: { per: "token", element: "f32", from: "objective", compact: "follows" },
  /** −∂loss/∂logp, the loss type's normaliser and the KL term included. [row][token] */
  gradient: { per: "token", element: "f32", from: "objective", compact: "slope" },

  /** Experts that the token went through in this step's pass. [row][token][mixture][expert] */
  experts: { per: "route", element: "u32", from: "router", masked: true, optional: "absent" },
  /** The same under the weights that made the rollout. [row][token][mixture][expert] */
  expertsOld: { per: "route", element: "u32", from: "router", masked: true, optional: "absent" },
  /** What each of `experts` counts, from 0. [row][token][mixture][expert] */
  expertWeights: { per: "route", element: "f32", from: "router", masked: true, optional: "absent" },
  /** What each of `expertsOld` counted. [row][token][mixture][expert] */
  expertWeightsOld: {
    per: "route",
    element: "f32",
    from: "router",
    masked: true,
    optional: "absent",
  },
  /** Mean over mixtures and expertsOld of log p − log pOld, p the router's softmax over all. [row][token] */
  routerLogRatio: {
    per: "token",
    element: "f32",
    from: "router",
    masked: true,
    optional: "absent",
  },

  /** Names of the reward functions. [function] */
  rewardNames: { per: "function", element: "text", from: "rollout" },
  /** Raw value of each function; NaN where the function returned nothing. [function][row] */
  rewards: { per: "function and row", element: "f32", from: "rollout" },
  /** Weighted sum. [row] */
  reward: { per: "row", element: "f32", from: "rollout" },
} as const satisfies Readonly<Record<string, Quantity>>;

/** Histograms of log-ratios, in the order in which shaders/statistics/ratio-histogram.wgsl writes them. */
export const HISTOGRAMS = [
  "token", // tokens by their log-ratio
  "tokenClipped", // of those, tokens that token-level clipping cuts off
  "sequence", // rows by their mean log-ratio
  "sequenceClipped", // of those, rows that sequence-level clipping cuts off
] as const;

export type QuantityName = keyof typeof QUANTITIES;
export type HistogramName = (typeof HISTOGRAMS)[number];

/** Names of the quantities whose row has this. */
export type QuantityWith<Row extends Partial<Quantity>> = {
  [N in QuantityName]: (typeof QUANTITIES)[N] extends Row ? N : never;
}[QuantityName];

/** What a quantity of such a row is held in. */
export type Cells<Row> = Row extends { per: "function and row" }
  ? readonly Float32Array[]
  : Row extends { element: "text" }
    ? readonly string[]
    : Row extends { element: "u32" }
      ? Uint32Array
      : Float32Array;

/** The quantities of one record: texts, typed arrays, and null where a nullable one is not known. */
export type Quantities = {
  -readonly [
    N in QuantityName as (typeof QUANTITIES)[N] extends { optional: "absent" } ? never : N
  ]:
    | Cells<(typeof QUANTITIES)[N]>
    | ((typeof QUANTITIES)[N] extends { optional: "null" } ? null : never);
} & {
  -readonly [
    N in QuantityName as (typeof QUANTITIES)[N] extends { optional: "absent" } ? N : never
  ]?: Cells<(typeof QUANTITIES)[N]>;
};
