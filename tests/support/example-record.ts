import { HISTOGRAM_BINS } from "../../src/engine/objective/statistics.ts";
import type { GRPOConfig } from "../../src/config/types.ts";
import { emptyHistograms, emptyQuantities } from "../../src/record/quantities.ts";
import type { StepRecord } from "../../src/record/record.ts";

// Records for the views' tests: every field computed in float64, in the plainest way, from
// log-probabilities and rewards.

/** TRL's defaults for the fields that the objective reads; the rest at rest. */
export const EXAMPLE_CONFIG: GRPOConfig = {
  per_device_train_batch_size: 4,
  gradient_accumulation_steps: 1,
  steps_per_generation: 4,
  generation_batch_size: null,
  num_generations: 4,
  num_iterations: 1,
  max_steps: 100,
  num_train_epochs: 1,
  shuffle_dataset: true,
  seed: 42,
  max_completion_length: 6,
  temperature: 1,
  top_k: 0,
  top_p: 1,
  min_p: null,
  importance_sampling_level: "token",
  loss_type: "grpo",
  epsilon: 0.2,
  epsilon_high: null,
  delta: null,
  beta: 0,
  use_bias_correction_kl: false,
  sync_ref_model: false,
  ref_model_mixup_alpha: 0.6,
  ref_model_sync_steps: 512,
  scale_rewards: "group",
  multi_objective_aggregation: "sum_then_normalize",
  reward_weights: null,
  mask_truncated_completions: false,
  top_entropy_quantile: 1,
  entropy_coef: 0,
  use_adaptive_entropy: false,
  entropy_coef_min: 0,
  entropy_coef_max: 1,
  entropy_coef_delta: 0.005,
  entropy_target: 0.2,
  off_policy_mask_threshold: null,
  sapo_temperature_neg: 1.05,
  sapo_temperature_pos: 1,
  vespo_k_pos: 2,
  vespo_lambda_pos: 3,
  vespo_k_neg: 3,
  vespo_lambda_neg: 2,
  learning_rate: 1e-3,
  adam_beta1: 0.9,
  adam_beta2: 0.999,
  adam_epsilon: 1e-8,
  weight_decay: 0,
  max_grad_norm: 1,
  optim: "adamw_torch",
  lr_scheduler_type: "constant",
  lr_scheduler_kwargs: null,
  warmup_steps: 0,
  warmup_ratio: 0,
  eval_strategy: "no",
  eval_steps: null,
  eval_delay: 0,
  per_device_eval_batch_size: 8,
  num_generations_eval: null,
  metric_for_best_model: null,
  logging_steps: 1,
  log_completions: true,
};

export interface ExampleRow {
  prompt: string;
  group: number;
  /** Token ids; 1 is the end of the sequence. */
  tokens: readonly number[];
  /** logp − logpOld. */
  logRatios: readonly number[];
  logpOld?: readonly number[];
  /** One value per reward function. */
  rewards: readonly number[];
}

export interface ExampleOptions {
  rows: readonly ExampleRow[];
  columns: number;
  vocabulary: readonly string[];
  rewardNames?: readonly string[];
  rewardWeights?: readonly number[];
  config?: Partial<GRPOConfig>;
  step?: number;
  innerStep?: number;
  arm?: string;
}

export function exampleRecord(options: ExampleOptions): StepRecord {
  const { rows, columns, vocabulary } = options;
  const config = { ...EXAMPLE_CONFIG, ...options.config };
  const B = rows.length;
  const high = 1 + (config.epsilon_high ?? config.epsilon);
  const low = 1 - config.epsilon;
  const weights = options.rewardWeights ?? [1];
  const reward = rows.map((row) => row.rewards.reduce((sum, r, k) => sum + r * weights[k]!, 0));
  const advantage = rows.map((row, i) => {
    const group = reward.filter((_, j) => rows[j]!.group === row.group);
    const mean = meanOf(group);
    return (reward[i]! - mean) / (deviationOf(group) + 1e-4);
  });

  const record: StepRecord = {
    arm: options.arm ?? config.importance_sampling_level,
    level: config.importance_sampling_level,
    step: options.step ?? 211,
    generation: 52,
    innerStep: options.innerStep ?? 3,
    rows: B,
    columns,
    ...emptyQuantities({ rows: B, columns, rewardNames: options.rewardNames ?? ["exact"] }),
    prompt: rows.map((row) => row.prompt),
    completion: rows.map((row) =>
      row.tokens.flatMap((id) => (id === 1 ? [] : [vocabulary[id]!])).join(" "),
    ),
    group: Uint32Array.from(rows, (row) => row.group),
    length: Uint32Array.from(rows, (row) => row.tokens.length),
    truncated: Uint32Array.from(rows, (row) => (row.tokens.at(-1) === 1 ? 0 : 1)),
    logpRef: config.beta === 0 ? null : new Float32Array(B * columns),
    advantage: Float32Array.from(advantage),
    rewards: rows[0]!.rewards.map((_, k) => Float32Array.from(rows, (row) => row.rewards[k]!)),
    reward: Float32Array.from(reward),
    config,
    metrics: {},
    histograms: { range: 1, bins: HISTOGRAM_BINS, ...emptyHistograms(HISTOGRAM_BINS) },
  };

  const clipped = (r: number, A: number) =>
    (A > 0 && r > high) ||
    (A < 0 && r < low) ||
    (A < 0 && config.delta !== null && r > config.delta);
  const surrogate = (c: number, A: number) => {
    const capped = config.delta === null ? c : Math.min(c, config.delta);
    return -Math.min(capped * A, Math.min(high, Math.max(low, c)) * A);
  };
  const bin = (d: number) =>
    Math.max(0, Math.min(HISTOGRAM_BINS - 1, Math.floor(((d + 1) / 2) * HISTOGRAM_BINS)));

  const tokensTotal = rows.reduce((sum, row) => sum + row.tokens.length, 0);
  let loss = 0;
  let low_ = 0;
  let high_ = 0;
  let klSum = 0;
  rows.forEach((row, b) => {
    const A = advantage[b]!;
    const L = row.tokens.length;
    const meanLogRatio = meanOf(row.logRatios);
    const s = Math.exp(meanLogRatio);
    record.sequenceRatio[b] = s;
    record.sequenceClipped[b] = clipped(s, A) ? 1 : 0;
    record.sequenceCoefficient[b] = clipped(s, A) ? 0 : s * A;
    record.histograms.sequence[bin(meanLogRatio)]!++;
    if (clipped(s, A)) record.histograms.sequenceClipped[bin(meanLogRatio)]!++;
    const normaliser = {
      grpo: B * L,
      bnpo: tokensTotal,
      dapo: tokensTotal,
      dr_grpo: B * config.max_completion_length,
    }[config.loss_type as "grpo" | "bnpo" | "dapo" | "dr_grpo"];
    row.tokens.forEach((id, t) => {
      const i = b * columns + t;
      const d = row.logRatios[t]!;
      const r = Math.exp(d);
      const old = row.logpOld?.[t] ?? -0.9;
      record.tokens[i] = id;
      record.mask[i] = 1;
      record.logp[i] = old + d;
      record.logpOld[i] = old;
      record.logpSampled[i] = old;
      record.entropy[i] = 0.5;
      record.logRatio[i] = d;
      record.tokenRatio[i] = r;
      record.tokenClipped[i] = clipped(r, A) ? 1 : 0;
      record.tokenCoefficient[i] = clipped(r, A) ? 0 : r * A;
      record.histograms.token[bin(d)]!++;
      if (clipped(r, A)) record.histograms.tokenClipped[bin(d)]!++;
      const c = config.importance_sampling_level === "token" ? r : s;
      record.coefficient[i] = clipped(c, A) ? 0 : c * A;
      let slope = 0;
      let kl = 0;
      if (record.logpRef) {
        record.logpRef[i] = old + d / 2;
        const u = -d / 2;
        kl = Math.exp(u) - u - 1;
        klSum += kl;
        slope = 1 - Math.exp(u);
      }
      record.gradient[i] = (record.coefficient[i]! - config.beta * slope) / normaliser;
      loss += (surrogate(c, A) + config.beta * kl) / normaliser;
      if (c < low && A < 0) low_ += 1 / (config.importance_sampling_level === "token" ? 1 : L);
      if (c > high && A > 0) high_ += 1 / (config.importance_sampling_level === "token" ? 1 : L);
    });
  });
  const units = config.importance_sampling_level === "token" ? tokensTotal : B;
  const logRatios = rows.flatMap((row) => row.logRatios);
  return {
    ...record,
    metrics: {
      loss,
      reward: meanOf(reward),
      kl: config.beta === 0 ? NaN : klSum / tokensTotal,
      "clip_ratio/low_mean": low_ / units,
      "clip_ratio/high_mean": high_ / units,
      "clip_ratio/region_mean": (low_ + high_) / units,
      "ratio/token_std": deviationOf(logRatios),
      "ratio/sequence_std": deviationOf(rows.map((row) => meanOf(row.logRatios))),
    },
  };
}

const meanOf = (x: readonly number[]) => x.reduce((sum, v) => sum + v, 0) / x.length;
const deviationOf = (x: readonly number[]) => {
  const mean = meanOf(x);
  return Math.sqrt(x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (x.length - 1));
};

/** Digits 0–9 after padding, end-of-sequence and unknown. */
export const DIGITS = ["<pad>", "<eos>", "<unk>", ..."0123456789"];
const digits = (text: string) =>
  text.split(" ").map((word) => (word === "E" ? 1 : DIGITS.indexOf(word)));

/** Four completions, ε 0.2 on both sides: a hot token, a low one, a drift, two opposite moves. */
export const workedExample = (config: Partial<GRPOConfig> = {}): StepRecord =>
  exampleRecord({
    columns: 6,
    vocabulary: DIGITS,
    config,
    rows: [
      [1, [0, 0.02, -0.01, 0.26, 0.01, 0]],
      [1, [0.01, -0.02, -0.3, 0.02, 0, 0.03]],
      [0, [0.05, 0.04, 0.06, 0.05, 0.04, 0.06]],
      [0, [-0.04, 0.31, -0.33, 0.02, 0.01, 0.03]],
    ].map(([reward, logRatios]) => ({
      prompt: "sort 4 1 5 2 3",
      group: 0,
      tokens: digits("1 2 3 4 5 E"),
      logRatios: logRatios as number[],
      rewards: [reward as number],
    })),
  });

/** Eight completions of one prompt of the sort task, rows of unequal length, one cut off. */
export function sortGroup(config: Partial<GRPOConfig> = {}, scale = 1): StepRecord {
  const rows: ReadonlyArray<readonly [string, readonly number[], number, number]> = [
    ["1 2 3 5 7 9 E", [0.01, 0.02, -0.01, 0.09, 0.27, 0.04, 0], 1, 1],
    ["1 2 3 5 9 7 E", [0.01, 0.02, -0.01, 0.09, -0.33, 0.14, 0.01], 5 / 7, 1],
    [
      "2 1 5 3 7 9 9 9 7 9",
      [-0.12, 0.04, -0.05, 0.03, 0.31, -0.26, 0.04, 0.02, -0.03, 0.03],
      2 / 7,
      0,
    ],
    ["1 2 3 7 5 9 9 E", [0.01, 0.02, -0.01, -0.21, 0.03, 0.05, -0.04, 0.02], 4 / 7, 1],
    ["1 2 5 3 9 7 E", [0.01, 0.02, -0.16, -0.31, -0.02, 0.05, 0], 3 / 7, 1],
    ["1 3 5 7 E", [0.01, -0.28, -0.03, 0.02, -0.06], 1 / 7, 1],
    ["1 2 3 5 7 E", [0.01, 0.02, -0.01, 0.09, 0.27, -0.36], 5 / 7, 1],
    ["1 2 3 3 5 7 9 9 E", [0.01, 0.02, -0.01, -0.19, 0.02, 0.06, 0.03, -0.05, 0.02], 3 / 7, 1],
  ];
  return exampleRecord({
    columns: 10,
    vocabulary: DIGITS,
    rewardNames: ["position", "stops"],
    rewardWeights: [1, 0.2],
    config: {
      per_device_train_batch_size: 8,
      num_generations: 8,
      max_completion_length: 10,
      ...config,
    },
    innerStep: scale === 0 ? 0 : 3,
    rows: rows.map(([text, logRatios, position, stops]) => ({
      prompt: "sort 5 2 9 1 7 3",
      group: 2,
      tokens: digits(text),
      logRatios: logRatios.map((d) => d * scale),
      logpOld: logRatios.map((_, t) => -0.3 - 0.2 * Math.abs(Math.sin(3 * t))),
      rewards: [position, stops],
    })),
  });
}

/** A batch of any size from a closed form, for sizes and distributions. */
export function waveBatch(
  { groups = 8, perGroup = 8, columns = 24, scale = 0.08, spread = 0.02 } = {},
  config: Partial<GRPOConfig> = {},
): StepRecord {
  const noise = (i: number) => {
    const x = Math.sin(i * 12.9898) * 43758.5453;
    return x - Math.floor(x);
  };
  const normal = (i: number) =>
    Math.sqrt(-2 * Math.log(1 - noise(2 * i))) * Math.cos(2 * Math.PI * noise(2 * i + 1));
  return exampleRecord({
    columns,
    vocabulary: DIGITS,
    config: {
      per_device_train_batch_size: groups * perGroup,
      num_generations: perGroup,
      max_completion_length: columns,
      ...config,
    },
    rows: Array.from({ length: groups * perGroup }, (_, b) => {
      const length = Math.max(1, Math.round(columns * (0.45 + 0.6 * noise(b + 7000))));
      const cut = length >= columns;
      const L = Math.min(length, columns);
      const group = Math.floor(b / perGroup);
      return {
        prompt: `sort ${group} 3 8 ${(group * 7) % 10} 1 5`,
        group,
        tokens: Array.from({ length: L }, (_, t) =>
          t === L - 1 && !cut ? 1 : 3 + Math.floor(10 * noise(b * 1000 + t)),
        ),
        logRatios: Array.from(
          { length: L },
          (_, t) => spread * normal(b + 90_000) + scale * normal(b * 2000 + t),
        ),
        rewards: [Math.round(8 * noise(b + 500)) / 8],
      };
    }),
  });
}
