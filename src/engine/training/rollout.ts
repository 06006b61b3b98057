import type { GpuContext } from "../gpu/context.ts";
import type { GRPOConfig } from "../../config/types.ts";
import type { PolicyShape } from "../policy/shape.ts";
import { createDecoder, type RolloutSampling } from "../sampler/decoder.ts";
import { EOS, PAD, type Task } from "../../tasks/task.ts";
import type { Answer } from "../../record/answers.ts";
import { createAdvantageEstimator, type Estimate } from "./advantage-estimator.ts";
import { layOutPrompts, type ScoredRollout, scoreRollout, texts } from "./scored-rollout.ts";
import { completionMetrics } from "./step-metrics.ts";

export interface RolloutShape {
  /** Rows of a rollout: completions. */
  N: number;
  /** Prompt columns. */
  P: number;
  /** Completion columns. */
  K: number;
  /** Completions of a prompt. */
  G: number;
}

/** Completions of some prompts, and what their rewards come to. */
export interface Rollout {
  rollout: ScoredRollout;
  estimate: Estimate;
  /** Of rewards, lengths and truncation, under TRL's names. */
  metrics: Record<string, number>;
  /** Tokens that count in the loss. */
  numItemsInBatch: number;
}

const GREEDY = { temperature: 0, topK: 0, topP: 1, minP: 0, generation: 0, eos: EOS, pad: PAD };

/** Which of the seed's random numbers draw the tokens. */
export type RolloutDraw = Pick<RolloutSampling, "generation" | "purpose" | "firstRow">;

/**
 * Prompts in, completions of the present weights with rewards and advantages out: for training,
 * evaluation and warm start, which differ in prompts and random numbers.
 */
export async function createRollout(
  { gpu, task, shape }: { gpu: GpuContext; task: Task; shape: PolicyShape },
  { N, P, K, G }: RolloutShape,
  params: GPUBuffer,
) {
  const [decoder, estimator] = await Promise.all([
    createDecoder(gpu, shape, { B: N, P, K, G }, params),
    createAdvantageEstimator(gpu.device, N, task),
  ]);
  return {
    /** `prompts`: token texts, one a group, N / G in all. G stands for `num_generations`. */
    async roll(
      prompts: readonly (readonly string[])[],
      config: GRPOConfig,
      draw: RolloutDraw,
    ): Promise<Rollout> {
      const { temperature, top_k: topK, top_p: topP, min_p, seed } = config;
      const input = layOutPrompts(task, shape, prompts, P);
      const filters = { temperature, topK, topP, minP: min_p ?? 0 };
      const sampled = await decoder.sample(input, {
        ...filters,
        seed,
        ...draw,
        eos: EOS,
        pad: PAD,
      });
      const rollout = scoreRollout(task, input, sampled, config);
      const estimate = await estimator.compute(rollout.rewards, { ...config, num_generations: G });
      return {
        rollout,
        estimate,
        metrics: { ...estimate.metrics, ...completionMetrics(rollout) },
        numItemsInBatch: rollout.mask.reduce((sum, counts) => sum + counts, 0),
      };
    },
    /**
     * The completions of some prompts, N / G at most, in which each token is the likeliest by the
     * present weights. Nothing is drawn at random, and nothing that a rollout rests on changes.
     */
    async answers(prompts: readonly (readonly string[])[], config: GRPOConfig): Promise<Answer[]> {
      const all = Array.from({ length: N / G }, (_, i) => prompts[i] ?? prompts[0] ?? []);
      const sampling = { ...GREEDY, seed: config.seed };
      const { tokens, length } = await decoder.sample(
        layOutPrompts(task, shape, all, P),
        sampling,
        1,
      );
      return prompts.map((prompt, group) => {
        const row = group * G;
        const own = tokens.subarray(row * K, row * K + length[row]!);
        const ended = own.at(-1) === EOS;
        const completion = texts(task, ended ? own.subarray(0, -1) : own);
        const weights = config.reward_weights ?? task.rewardWeights;
        const reward = task.rewards.reduce(
          (sum, { score }, f) => sum + weights[f]! * (score({ prompt, completion, ended }) ?? 0),
          0,
        );
        return { prompt, completion, ended, right: task.demonstration(prompt), reward };
      });
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
