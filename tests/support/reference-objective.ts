import { beyondTRL } from "../../src/config/beyond-trl.ts";
import type { ClipBand } from "../../src/config/types.ts";
import type { ObjectiveBatch } from "../../src/engine/objective/evaluate.ts";
import type { ObjectiveConfig, ObjectiveScope } from "../../src/engine/objective/settings.ts";

// The objective in plain float64 numbers, as the documents write it: slow and literal. Gradients
// come from central differences of `loss`, where what is detached is held at `batch.logp`.

export interface Problem {
  config: ObjectiveConfig;
  batch: ObjectiveBatch;
  scope: ObjectiveScope;
}

type Matrix = readonly (readonly number[])[];

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Row by row, the columns that count. */
const columns = ({ mask }: ObjectiveBatch): number[][] =>
  mask.map((row) => row.flatMap((m, t) => (m ? [t] : [])));

const oldLogp = ({ batch, scope }: Problem): Matrix =>
  scope.onPolicy || !batch.logpOld ? batch.logp : batch.logpOld;

/** d = logp − logpOld, 0 where masked. */
export function logRatios(problem: Problem, logp: Matrix = problem.batch.logp): number[][] {
  const old = oldLogp(problem);
  return problem.batch.mask.map((row, b) =>
    row.map((m, t) => (m ? logp[b]![t]! - old[b]![t]! : 0)),
  );
}

/** Mean log-ratio of each row. */
export function rowMeans(problem: Problem, logp?: Matrix): number[] {
  const d = logRatios(problem, logp);
  return columns(problem.batch).map(
    (ts, b) => sum(ts.map((t) => d[b]![t]!)) / Math.max(ts.length, 1),
  );
}

const bounds = ({ epsilon, epsilon_high, delta, dual_clip, cispo_floor }: ClipBand) => ({
  low: 1 - epsilon,
  high: 1 + (epsilon_high ?? epsilon),
  cap: epsilon_high ?? epsilon,
  floor: cispo_floor ?? 0,
  delta: delta ?? Infinity,
  dual: dual_clip ?? Infinity,
});

/** GMPO: log-ratios are clipped where the others clip ratios. */
const isGeometric = ({ geometric_clip, loss_type }: ObjectiveConfig): boolean =>
  geometric_clip === true && !["cispo", "sapo", "vespo"].includes(loss_type);

/** The log-ratio that counts: held on the side that the sign of A binds. */
const held = ({ epsilon, epsilon_high }: ClipBand, d: number, A: number): number =>
  A > 0 ? Math.min(d, epsilon_high ?? epsilon) : A < 0 ? Math.max(d, -epsilon) : d;

/** GMPO's ratio of a row: the geometric mean of its tokens' clipped ratios. */
function geometricMean(problem: Problem, b: number, logp?: Matrix): number {
  const { config, batch, scope } = problem;
  const token = config.importance_sampling_level === "token";
  const band = (token ? null : scope.otherClip) ?? config;
  const d = logRatios(problem, logp)[b]!;
  const ts = columns(batch)[b]!;
  const logs = ts.map((t) => held(band, d[t]!, batch.advantage[b]!));
  return Math.exp(sum(logs) / Math.max(ts.length, 1));
}

/** x as a function of the ratio, for the losses whose gradient flows through it. */
function surrogate(config: ObjectiveConfig, c: number, A: number): number {
  if (isGeometric(config)) return -A * Math.exp(held(config, Math.log(c), A));
  const { low, high, delta, dual } = bounds(config);
  if (config.loss_type === "sapo") {
    const tau = A > 0 ? config.sapo_temperature_pos : config.sapo_temperature_neg;
    return (-A * 4 * sigmoid(tau * (c - 1))) / tau;
  }
  const x = -Math.min(Math.min(c, delta) * A, clamp(c, low, high) * A);
  return A < 0 ? Math.min(x, -A * dual) : x;
}

/** vespo's weight of a row. */
export function phi({ config, batch, ...rest }: Problem, b: number): number {
  const d = logRatios({ config, batch, ...rest })[b]!;
  const lowest = Math.log(1e-8);
  let logW = sum(columns(batch)[b]!.map((t) => clamp(d[t]!, -20, 20)));
  if (batch.samplingRatio) {
    logW += sum(batch.samplingRatio[b]!.map((r) => clamp(Math.log(r), lowest, 20)));
  }
  logW = clamp(logW, lowest, 20);
  const positive = batch.advantage[b]! >= 0;
  const k = positive ? config.vespo_k_pos : config.vespo_k_neg;
  const lambda = positive ? config.vespo_lambda_pos : config.vespo_lambda_neg;
  return Math.exp(lambda + k * logW - lambda * Math.exp(logW));
}

/**
 * −∂x/∂log c: what a ratio puts on ∇log π, and whether the clip cut it off. Of the level that drives,
 * or of either level, each by its own band.
 */
export function coefficientOf(
  problem: Problem,
  c: number,
  b: number,
  at?: "token" | "sequence",
): { coefficient: number; clipped: number } {
  const { config, batch, scope } = problem;
  const A = batch.advantage[b]!;
  const token = config.importance_sampling_level === "token";
  const isOther = at !== undefined && (at === "token") !== token;
  const { low, high, cap, floor, delta, dual } = bounds(
    (isOther ? scope.otherClip : null) ?? config,
  );
  switch (config.loss_type) {
    case "cispo":
      return {
        coefficient: Math.max(Math.min(c, cap), floor) * A,
        clipped: (c > cap || c < floor) && A !== 0 ? 1 : 0,
      };
    case "vespo":
      return { coefficient: phi(problem, b) * A, clipped: 0 };
    case "sapo": {
      const tau = A > 0 ? config.sapo_temperature_pos : config.sapo_temperature_neg;
      const s = sigmoid(tau * (c - 1));
      return { coefficient: 4 * s * (1 - s) * c * A, clipped: 0 };
    }
    default: {
      if (isGeometric(config)) {
        const band = (isOther ? scope.otherClip : null) ?? config;
        const clipped = held(band, Math.log(c), A) !== Math.log(c);
        const tokens = at === undefined ? token : at === "token";
        const kept = tokens ? geometricMean(problem, b) : c;
        return { coefficient: clipped ? 0 : kept * A, clipped: clipped ? 1 : 0 };
      }
      const up = A > 0 && c > Math.min(high, delta);
      const down = A < 0 && (c < low || c > Math.max(high, delta) || c > dual);
      const clipped = up || down;
      return { coefficient: clipped ? 0 : c * A, clipped: clipped ? 1 : 0 };
    }
  }
}

/** 1 where the entropy mask keeps the token. */
export function entropyMask({ config, batch }: Problem): number[][] {
  if (config.top_entropy_quantile === 1)
    return batch.mask.map((row) => row.map((m) => (m ? 1 : 0)));
  const entropy = batch.entropy!;
  const values = columns(batch)
    .flatMap((ts, b) => ts.map((t) => entropy[b]![t]!))
    .sort((a, b) => a - b);
  const rank = (1 - config.top_entropy_quantile) * (values.length - 1);
  const below = values[Math.floor(rank)]!;
  const above = values[Math.ceil(rank)]!;
  const threshold = below + (rank - Math.floor(rank)) * (above - below);
  return batch.mask.map((row, b) => row.map((m, t) => (m && entropy[b]![t]! >= threshold ? 1 : 0)));
}

/** 1 where the off-policy mask keeps the row. */
export function offPolicyMask(problem: Problem): number[] {
  const { config, batch } = problem;
  const sampled = batch.logpSampled ?? oldLogp(problem);
  return columns(batch).map((ts, b) => {
    if (config.off_policy_mask_threshold === null || batch.advantage[b]! >= 0) return 1;
    const drift = sum(ts.map((t) => sampled[b]![t]! - batch.logp[b]![t]!)) / Math.max(ts.length, 1);
    return drift <= config.off_policy_mask_threshold ? 1 : 0;
  });
}

/** KL estimate, times the ratio of the driving level where the config says so. */
export function divergences(
  problem: Problem,
  logp: Matrix = problem.batch.logp,
  ratio: Matrix = drivingRatios(problem, logp),
): number[][] {
  const { config, batch } = problem;
  const { kl_estimator: kind, kl_clamp } = beyondTRL(config);
  const most = kl_clamp ?? Infinity;
  return columns(batch).map((ts, b) => {
    const row = batch.mask[b]!.map(() => 0);
    for (const t of ts) {
      const u = batch.logpRef![b]![t]! - logp[b]![t]!;
      const k = kind === "k1" ? -u : kind === "k2" ? (u * u) / 2 : Math.exp(u) - u - 1;
      row[t] = clamp(k, -most, most) * (config.use_bias_correction_kl ? ratio[b]![t]! : 1);
    }
    return row;
  });
}

/** The ratio of the level that drives, one a token. */
export function drivingRatios(problem: Problem, logp: Matrix = problem.batch.logp): number[][] {
  const d = logRatios(problem, logp);
  const means = rowMeans(problem, logp);
  const detached = rowMeans(problem);
  const level = problem.config.importance_sampling_level;
  return d.map((row, b) =>
    row.map((value, t) => {
      if (level === "token") return Math.exp(value);
      if (level === "sequence") return Math.exp(means[b]!);
      return Math.exp(logp[b]![t]! - problem.batch.logp[b]![t]! + detached[b]!);
    }),
  );
}

/** 1/w: what a token of row b is divided by. */
function normaliser({ config, batch, scope }: Problem, b: number): number {
  const B = batch.mask.length;
  const lengths = columns(batch).map((ts) => ts.length);
  const accumulation = scope.gradientAccumulationSteps;
  switch (config.loss_type) {
    case "grpo":
    case "sapo":
      return B * Math.max(lengths[b]!, 1) * accumulation;
    case "bnpo":
      return Math.max(sum(lengths), 1) * accumulation;
    case "dr_grpo":
      return B * scope.maxCompletionLength * accumulation;
    case "luspo":
      return B * accumulation;
    default:
      return (Math.max(scope.numItemsInBatch, 1) * accumulation) / scope.stepsPerGeneration;
  }
}

/**
 * The loss as a function of log-probs and entropies. What TRL detaches, masks and lengths included,
 * is taken once, at the batch's own.
 */
export function lossOf(problem: Problem): (logp?: Matrix, entropy?: Matrix | null) => number {
  const { config, batch, scope } = problem;
  const local = config.loss_type === "cispo" || config.loss_type === "vespo";
  const detached = local ? drivingRatios(problem) : [];
  const pushes = detached.map((row, b) => {
    const weight = config.loss_type === "vespo" ? phi(problem, b) * batch.advantage[b]! : null;
    return row.map((c) => weight ?? coefficientOf(problem, c, b).coefficient);
  });
  const kept = entropyMask(problem);
  const keep = offPolicyMask(problem);
  const counting = columns(batch);
  const divisors = batch.mask.map((_, b) => normaliser(problem, b));

  return (logp = batch.logp, entropy = batch.entropy) => {
    const ratio = drivingRatios(problem, logp);
    const shared = isGeometric(config) && config.importance_sampling_level === "token";
    const means = shared ? counting.map((_, b) => geometricMean(problem, b, logp)) : [];
    const kl = config.beta === 0 ? null : divergences(problem, logp, ratio);
    let total = 0;
    counting.forEach((ts, b) => {
      for (const t of ts) {
        let x = local
          ? -pushes[b]![t]! * logp[b]![t]!
          : shared
            ? -means[b]! * batch.advantage[b]!
            : surrogate(config, ratio[b]![t]!, batch.advantage[b]!);
        x *= keep[b]! * kept[b]![t]!;
        if (batch.samplingRatio && config.loss_type !== "vespo") x *= batch.samplingRatio[b]![t]!;
        if (kl) x += config.beta * kl[b]![t]!;
        total += x / divisors[b]!;
      }
    });
    if (config.entropy_coef !== 0) {
      const active = counting.flatMap((ts, b) =>
        ts.filter((t) => kept[b]![t]).map((t) => entropy![b]![t]!),
      );
      const bonus = sum(active) / Math.max(active.length, 1) / scope.gradientAccumulationSteps;
      total -= config.entropy_coef * bonus;
    }
    return total;
  };
}
