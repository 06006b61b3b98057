import type { StepPlan } from "../../config/step-plan.ts";
import type { GRPOConfig, RunConfig } from "../../config/types.ts";
import { createEstimator, type Estimate } from "./estimator.ts";
import {
  gatherRows,
  layOutPrompts,
  scoreRollout,
  shuffledRows,
  type ScoredRollout,
} from "./generation.ts";
import type { PolicyShape } from "../policy/shape.ts";
import { createDecoder } from "../sampler/decoder.ts";
import { completionMetrics } from "./step-metrics.ts";
import { promptsFor } from "../../tasks/prompts.ts";
import { EOS, PAD, type Task } from "../../tasks/task.ts";
import type { MicroBatch } from "./held-batches.ts";

/** The rollout that the present steps learn from, its rows in the order of the micro-batches. */
export interface Generation {
  number: number;
  rollout: ScoredRollout;
  estimate: Estimate;
  /** Row of the rollout at each place of the shuffled batch. */
  order: readonly number[];
  /** Metrics of the rollout, logged with every step that learns from it. */
  metrics: Record<string, number>;
  numItemsInBatch: number;
}

export interface RolloutsShape {
  /** Rows of a rollout. */
  N: number;
  /** Prompt columns. */
  P: number;
  /** Completion columns. */
  C: number;
  /** Completions of a prompt. */
  G: number;
}

/** An arm's rollouts: prompts, completions of the present weights, rewards and advantages. */
export async function createRollouts(
  {
    device,
    run,
    task,
    shape,
  }: { device: GPUDevice; run: RunConfig; task: Task; shape: PolicyShape },
  { N, P, C, G }: RolloutsShape,
  params: GPUBuffer,
) {
  const [decoder, estimator] = await Promise.all([
    createDecoder(device, shape, { B: N, P, C, G }, params),
    createEstimator(device, N, task),
  ]);
  return {
    async generate(config: GRPOConfig, plan: StepPlan, number: number): Promise<Generation> {
      const { temperature, top_k: topK, top_p: topP, min_p, seed } = config;
      const prompts = promptsFor(task, run.difficulty, seed, number, plan.promptsPerGeneration, {
        size: run.datasetSize,
        shuffle: config.shuffle_dataset,
      });
      const input = layOutPrompts(task, prompts, G, P);
      const filters = { temperature, topK, topP, minP: min_p ?? 0 };
      const drawn = { ...filters, seed, generation: number, eos: EOS, pad: PAD };
      const { tokens, logp } = await decoder.sample(input, drawn);
      const rollout = scoreRollout(task, input, tokens, logp, config);
      const estimate = await estimator.compute(rollout.rewards, config);
      return {
        number,
        rollout,
        estimate,
        order: shuffledRows(seed, number, N),
        metrics: { ...estimate.metrics, ...completionMetrics(rollout) },
        numItemsInBatch: rollout.mask.reduce((sum, counts) => sum + counts, 0),
      };
    },
    get bytes(): number {
      return decoder.bytes + estimator.bytes;
    },
    destroy(): void {
      decoder.destroy();
      estimator.destroy();
    },
  };
}

/** Tokens of a rollout, prompts of P columns included. */
export const tokensOf = ({ rollout }: Generation, P: number): number =>
  rollout.length.reduce((sum, length, row) => sum + P - rollout.start[row]! + length, 0);

/** The given rows of a rollout as a micro-batch, its prompts of P columns, its completions of C. */
export function microBatchOf(
  { rollout, estimate, numItemsInBatch }: Omit<Generation, "number" | "order" | "metrics">,
  rows: readonly number[],
  { P, C }: Pick<RolloutsShape, "P" | "C">,
): MicroBatch {
  const prompt = gatherRows(rollout.promptTokens, P, rows);
  const targets = gatherRows(rollout.completionTokens, C, rows);
  const T = P + C - 1;
  const tokens = new Uint32Array(rows.length * T);
  for (let row = 0; row < rows.length; row++) {
    tokens.set(prompt.subarray(row * P, (row + 1) * P), row * T);
    tokens.set(targets.subarray(row * C, (row + 1) * C - 1), row * T + P);
  }
  return {
    tokens,
    start: gatherRows(rollout.start, 1, rows),
    length: gatherRows(rollout.length, 1, rows),
    targets,
    mask: gatherRows(rollout.mask, C, rows),
    advantage: gatherRows(estimate.advantage, 1, rows),
    logpSampled: gatherRows(rollout.logpSampled, C, rows),
    logpOld: null,
    logpRef: null,
    numItemsInBatch,
  };
}
