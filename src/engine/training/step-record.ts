import type { GRPOConfig } from "../../config/types.ts";
import type { TrainingRollout } from "./training-rollouts.ts";
import { gatherRows, texts } from "./scored-rollout.ts";
import { HISTOGRAM_BINS } from "../objective/statistics.ts";
import { HISTOGRAMS, type Quantities, type QuantityWith } from "../../record/fields.ts";
import {
  arrayOn,
  histogramsOf,
  inOrder,
  ROUTER_QUANTITIES,
  rowOf,
  STEP_QUANTITIES,
  type StepQuantity,
} from "../../record/quantities.ts";
import type { OtherClip, RatioHistograms, RecordRouting, StepRecord } from "../../record/record.ts";
import type { Task } from "../../tasks/task.ts";
import type { StepOutputs } from "./step-outputs.ts";

/** Rows of one rollout in a step's batch. */
export interface Slice {
  generation: TrainingRollout;
  /** In the batch's order. */
  rows: readonly number[];
}

/** What a step leaves on the GPU, copied out whole. */
export type RecordedOutputs = StepOutputs & { arrays: Record<StepQuantity, ArrayBuffer> };

/** What a record holds beside that. */
export interface RecordParts {
  arm: string;
  config: Readonly<GRPOConfig>;
  otherClip: OtherClip | null;
  task: Task;
  step: number;
  innerStep: number;
  /** One per micro-batch; of two rollouts where accumulation and rollouts are misaligned. */
  slices: readonly Slice[];
  columns: number;
  /** Null for a policy without a mixture. */
  routing: RecordRouting | null;
  metrics: Record<string, number>;
  histograms: RatioHistograms;
}

/** The rollout that the step's last micro-batch is of. */
export const generationOf = ({ slices }: Pick<RecordParts, "slices">): number =>
  slices.at(-1)!.generation.number;

/** Puts together what the GPU left of a step and what the rollouts know of its rows. */
export function assembleRecord(parts: RecordParts, outputs: RecordedOutputs): StepRecord {
  const { arm, config, step, innerStep, columns, routing } = parts;
  const ofRollout = rolloutQuantities(parts);
  const masked = maskedBy(ofRollout.mask);
  const onGpu = Object.fromEntries(
    STEP_QUANTITIES.map((name) => {
      const values = arrayOn(name, outputs.arrays[name]);
      return [name, rowOf(name).masked ? masked(values) : values];
    }),
  ) as Pick<Quantities, StepQuantity>;
  const { routes } = outputs;
  const ofRouters = routes
    ? Object.fromEntries(ROUTER_QUANTITIES.map((name) => [name, masked(routes[name])]))
    : {};
  const logpRef = config.beta === 0 ? null : onGpu.logpRef;
  return {
    arm,
    level: config.importance_sampling_level,
    step,
    generation: generationOf(parts),
    innerStep,
    rows: ofRollout.length.length,
    columns,
    ...(routing && { routing }),
    ...inOrder({ ...ofRollout, ...onGpu, ...ofRouters, logpRef }),
    config,
    ...(parts.otherClip && { otherClip: parts.otherClip }),
    metrics: parts.metrics,
    histograms: parts.histograms,
  };
}

/** Zero where the token does not count: kernels may leave anything there. */
const maskedBy =
  (mask: Uint32Array) =>
  <T extends Uint32Array | Float32Array>(values: T) => {
    const perToken = values.length / mask.length;
    return values.map((value, i) => (mask[Math.floor(i / perToken)] ? value : 0)) as T;
  };

/** What the rollouts know of the batch's rows. */
function rolloutQuantities({
  config,
  task,
  slices,
  columns,
}: RecordParts): Pick<Quantities, QuantityWith<{ from: "rollout" }>> {
  const each = <T>(of: (generation: TrainingRollout, row: number) => T): T[] =>
    slices.flatMap(({ generation, rows }) => rows.map((row) => of(generation, row)));
  const gather = (of: (generation: TrainingRollout) => Uint32Array, width: number) =>
    gatherInto(new Uint32Array(width * rowCount(slices)), slices, of, width);
  const gatherFloats = (of: (generation: TrainingRollout) => Float32Array, width: number) =>
    gatherInto(new Float32Array(width * rowCount(slices)), slices, of, width);

  const mask = maskOf(slices, columns);
  const length = gather(({ rollout }) => rollout.length, 1);
  const tokens = gather(({ rollout }) => rollout.completionTokens, columns);
  const completion = Array.from(length, (own, i) => {
    tokens.fill(0, i * columns + own, (i + 1) * columns);
    return texts(task, tokens.subarray(i * columns, i * columns + own)).join(" ");
  });
  const G = config.num_generations;
  const oldest = slices[0]!.generation;
  return {
    prompt: each(({ rollout }, row) => rollout.prompts[Math.floor(row / G)]!.join(" ")),
    completion,
    // Groups of different rollouts in one step keep apart.
    group: Uint32Array.from(
      each(
        ({ number, rollout }, row) =>
          (number - oldest.number) * rollout.prompts.length + Math.floor(row / G),
      ),
    ),
    length,
    truncated: gather(({ rollout }) => rollout.truncated, 1),
    tokens,
    mask,
    logpSampled: maskedBy(mask)(gatherFloats(({ rollout }) => rollout.logpSampled, columns)),
    advantage: gatherFloats(({ estimate }) => estimate.advantage, 1),
    rewardNames: task.rewards.map(({ name }) => name),
    rewards: task.rewards.map((_, f) =>
      Float32Array.from(
        each(({ rollout }, row) => rollout.rewards[row * task.rewards.length + f]!),
      ),
    ),
    reward: gatherFloats(({ estimate }) => estimate.reward, 1),
  };
}

const rowCount = (slices: readonly Slice[]): number =>
  slices.reduce((sum, { rows }) => sum + rows.length, 0);

/** Rows of row-major (N, width) arrays of the rollouts, in the batch's order. */
function gatherInto<T extends Uint32Array | Float32Array>(
  batch: T,
  slices: readonly Slice[],
  of: (generation: TrainingRollout) => T,
  width: number,
): T {
  let at = 0;
  for (const { generation, rows } of slices) {
    batch.set(gatherRows(of(generation), width, rows), at);
    at += rows.length * width;
  }
  return batch;
}

/** 1 where the token counts. (rows, columns) */
export const maskOf = (slices: readonly Slice[], columns: number): Uint32Array =>
  gatherInto(
    new Uint32Array(columns * rowCount(slices)),
    slices,
    ({ rollout }) => rollout.mask,
    columns,
  );

/** Adds up the micro-batches' counts. */
export function sumHistograms(counts: Uint32Array, range: number): RatioHistograms {
  const bins = HISTOGRAM_BINS;
  const sum = (which: number) => {
    const total = new Uint32Array(bins);
    for (let at = which * bins; at < counts.length; at += HISTOGRAMS.length * bins) {
      for (let bin = 0; bin < bins; bin++) total[bin]! += counts[at + bin]!;
    }
    return total;
  };
  return { range, bins, ...histogramsOf((_, which) => sum(which)) };
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
