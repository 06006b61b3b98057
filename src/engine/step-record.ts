import type { GRPOConfig } from "../config/types.ts";
import type { Generation } from "./arm.ts";
import { gatherRows, texts } from "./generation.ts";
import { HISTOGRAM_BINS } from "./objective/statistics.ts";
import type { RatioHistograms, StepRecord } from "./record.ts";
import type { Task } from "./tasks/task.ts";
import type { StepArray, StepOutputs } from "./update.ts";

interface Parts {
  arm: string;
  config: Readonly<GRPOConfig>;
  task: Task;
  step: number;
  innerStep: number;
  /** Rows of the rollout in this step's batch, in its order. */
  rows: readonly number[];
  columns: number;
  generation: Generation;
  outputs: StepOutputs;
  metrics: Record<string, number>;
  histogramRange: number;
}

/** Puts together what the GPU left of a step and what the rollout knows of its rows. */
export function assembleRecord(parts: Parts): StepRecord {
  const { arm, config, task, step, innerStep, rows, columns, generation, outputs } = parts;
  const { rollout, estimate, number } = generation;
  const G = config.num_generations;
  const floats = (name: StepArray) => new Float32Array(outputs.arrays[name]);
  const words = (name: StepArray) => new Uint32Array(outputs.arrays[name]);
  const mask = gatherRows(rollout.mask, columns, rows);
  const length = gatherRows(rollout.length, 1, rows);
  const tokens = gatherRows(rollout.completionTokens, columns, rows);
  const F = task.rewards.length;
  /** Zero where the token does not count: kernels may leave anything there. */
  const masked = (values: Float32Array<ArrayBuffer>) => values.map((v, i) => (mask[i] ? v : 0));

  const completion = rows.map((_, i) => {
    const own = tokens.subarray(i * columns, i * columns + length[i]!);
    tokens.fill(0, i * columns + length[i]!, (i + 1) * columns);
    return texts(task, own).join(" ");
  });
  return {
    arm,
    level: config.importance_sampling_level,
    step,
    generation: number,
    innerStep,
    rows: rows.length,
    columns,
    prompt: rows.map((row) => rollout.prompts[Math.floor(row / G)]!.join(" ")),
    completion,
    group: Uint32Array.from(rows, (row) => Math.floor(row / G)),
    length,
    truncated: gatherRows(rollout.truncated, 1, rows),
    tokens,
    mask,
    logp: masked(floats("logp")),
    logpOld: masked(floats("logpOld")),
    logpRef: config.beta === 0 ? null : masked(floats("logpRef")),
    logpSampled: masked(gatherRows(rollout.logpSampled, columns, rows)),
    entropy: masked(floats("entropy")),
    logRatio: floats("logRatio"),
    tokenRatio: floats("tokenRatio"),
    sequenceRatio: floats("sequenceRatio"),
    tokenClipped: words("tokenClipped"),
    sequenceClipped: words("sequenceClipped"),
    advantage: gatherRows(estimate.advantage, 1, rows),
    tokenCoefficient: floats("tokenCoefficient"),
    sequenceCoefficient: floats("sequenceCoefficient"),
    coefficient: floats("coefficient"),
    gradient: floats("gradient"),
    rewardNames: task.rewards.map(({ name }) => name),
    rewards: task.rewards.map((_, f) =>
      Float32Array.from(rows, (row) => rollout.rewards[row * F + f]!),
    ),
    reward: gatherRows(estimate.reward, 1, rows),
    config,
    metrics: parts.metrics,
    histograms: sumHistograms(outputs.histogram, parts.histogramRange),
  };
}

/** Adds up the micro-batches' counts. */
function sumHistograms(counts: Uint32Array, range: number): RatioHistograms {
  const bins = HISTOGRAM_BINS;
  const sum = (which: number) => {
    const total = new Uint32Array(bins);
    for (let at = which * bins; at < counts.length; at += 4 * bins) {
      for (let bin = 0; bin < bins; bin++) total[bin]! += counts[at + bin]!;
    }
    return total;
  };
  return {
    range,
    bins,
    token: sum(0),
    tokenClipped: sum(1),
    sequence: sum(2),
    sequenceClipped: sum(3),
  };
}

/** Steps in which the histograms widen, so that their axis rarely moves. */
const RANGES = [0.1, 0.2, 0.45, 1, 2, 4, 8, 16];

/** The range of the next step's histograms: the smallest step that holds this step's ratios. */
export function widenRange(range: number, metrics: Readonly<Record<string, number>>): number {
  const farthest = Math.max(
    Math.abs(Math.log(metrics["ratio/token_min"] ?? 1)),
    Math.abs(Math.log(metrics["ratio/token_max"] ?? 1)),
  );
  return Math.max(range, RANGES.find((step) => step >= farthest) ?? RANGES.at(-1)!);
}
