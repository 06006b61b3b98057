import type { RouterReplay } from "../../config/architecture.ts";
import type { GpuContext } from "../gpu/context.ts";
import type { StepPlan } from "../../config/step-plan.ts";
import type { GRPOConfig, RunConfig } from "../../config/types.ts";
import { gatherRows, shuffledRows } from "./scored-rollout.ts";
import type { PolicyShape } from "../policy/shape.ts";
import { pinnedPrompts } from "../../tasks/pinned-prompts.ts";
import { promptsFor } from "../../tasks/prompts.ts";
import type { MicroBatch } from "./batch-slots.ts";
import { createRollout, type Rollout, type RolloutShape } from "./rollout.ts";
import type { Answer } from "../../record/answers.ts";
import type { Task } from "../../tasks/task.ts";

/** The rollout that the present steps learn from. */
export interface TrainingRollout extends Rollout {
  number: number;
  /** Rows of the rollout in the order of the shuffled batch. */
  order: readonly number[];
}

/** Prompts that are answered again and again, at most. */
const MOST_PINNED = 8;

/** An arm's rollouts on the prompts of its training set. */
export async function createTrainingRollouts(
  { gpu, run, task, shape }: { gpu: GpuContext; run: RunConfig; task: Task; shape: PolicyShape },
  rows: RolloutShape,
  params: GPUBuffer,
) {
  const rollout = await createRollout({ gpu, task, shape }, rows, params);
  return {
    async generate(config: GRPOConfig, plan: StepPlan, number: number): Promise<TrainingRollout> {
      const { seed } = config;
      const prompts = promptsFor(task, run.difficulty, seed, number, plan.promptsPerGeneration, {
        size: run.datasetSize,
        shuffle: config.shuffle_dataset,
      });
      const rolled = await rollout.roll(prompts, config, { generation: number });
      return { ...rolled, number, order: shuffledRows(seed, number, rows.N) };
    },
    /** What the present weights answer to the run's pinned prompts, one a group. */
    answers(config: GRPOConfig): Promise<Answer[]> {
      const { difficulty, grpo } = run;
      const count = Math.min(rows.N / rows.G, MOST_PINNED);
      const prompts = pinnedPrompts(task, { difficulty, seed: grpo.seed, count });
      return rollout.answers(prompts, config);
    },
    get bytes(): number {
      return rollout.bytes;
    },
    destroy(): void {
      rollout.destroy();
    },
  };
}

/** Tokens of a rollout, prompts of P columns included. */
export const tokensOf = ({ rollout }: TrainingRollout, P: number): number =>
  rollout.length.reduce((sum, length, row) => sum + P - rollout.start[row]! + length, 0);

/**
 * The given rows of a rollout as a micro-batch, its prompts of P columns, its completions of K. R3 has
 * the sampler's routes beside it.
 */
export function microBatchOf(
  { rollout, estimate, numItemsInBatch }: Omit<Rollout, "metrics">,
  rows: readonly number[],
  { P, K }: Pick<RolloutShape, "P" | "K">,
  routerReplay: RouterReplay = "none",
): MicroBatch {
  const routes = routerReplay === "R3" ? (rollout.routes ?? null) : null;
  const prompt = gatherRows(rollout.promptTokens, P, rows);
  const targets = gatherRows(rollout.completionTokens, K, rows);
  const T = P + K - 1;
  const tokens = new Uint32Array(rows.length * T);
  for (let row = 0; row < rows.length; row++) {
    tokens.set(prompt.subarray(row * P, (row + 1) * P), row * T);
    tokens.set(targets.subarray(row * K, (row + 1) * K - 1), row * T + P);
  }
  return {
    tokens,
    start: gatherRows(rollout.start, 1, rows),
    length: gatherRows(rollout.length, 1, rows),
    targets,
    mask: gatherRows(rollout.mask, K, rows),
    advantage: gatherRows(estimate.advantage, 1, rows),
    logpSampled: gatherRows(rollout.logpSampled, K, rows),
    logpOld: null,
    logpRef: null,
    numItemsInBatch,
    routes: routes && gatherRows(routes, routes.length / rollout.length.length, rows),
  };
}
