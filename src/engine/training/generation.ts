import type { GRPOConfig } from "../../config/types.ts";
import { Purpose, Random } from "../../base/random.ts";
import { encode, EOS, PAD, type Task } from "../../tasks/task.ts";

/** The prompts of one rollout: `prompts.length` groups of `num_generations` rows each. */
export interface RolloutInput {
  /** Token texts of each group's prompt. */
  prompts: readonly (readonly string[])[];
  /** Prompt token ids, left-padded. (N, P) */
  promptTokens: Uint32Array<ArrayBuffer>;
  /** First real column of each row. (N) */
  start: Uint32Array<ArrayBuffer>;
}

/** Completions of one rollout and what the task thinks of them; rows in the rollout's order. */
export interface ScoredRollout extends RolloutInput {
  /** Completion token ids; PAD after the end-of-sequence. (N, C) */
  completionTokens: Uint32Array<ArrayBuffer>;
  /** The sampler's own log-probabilities. (N, C) */
  logpSampled: Float32Array<ArrayBuffer>;
  /** Tokens per completion, its end-of-sequence included. (N) */
  length: Uint32Array<ArrayBuffer>;
  /** 1 where the completion has no end-of-sequence. (N) */
  truncated: Uint32Array<ArrayBuffer>;
  /** 1 where the token counts in the loss. (N, C) */
  mask: Uint32Array<ArrayBuffer>;
  /** Raw rewards, NaN where a function returned nothing. (N, F) */
  rewards: Float32Array<ArrayBuffer>;
}

/** Lays out prompts left-padded to P columns, each repeated `num_generations` times. */
export function layOutPrompts(
  task: Task,
  prompts: readonly (readonly string[])[],
  repeats: number,
  P: number,
): RolloutInput {
  const promptTokens = new Uint32Array(prompts.length * repeats * P).fill(PAD);
  const start = new Uint32Array(prompts.length * repeats);
  prompts.forEach((prompt, group) => {
    const ids = encode(task, prompt);
    for (let i = 0; i < repeats; i++) {
      const row = group * repeats + i;
      start[row] = P - ids.length;
      promptTokens.set(ids, row * P + P - ids.length);
    }
  });
  return { prompts, promptTokens, start };
}

/** Finds where each completion ends, asks the task for its rewards, and sets the loss mask. */
export function scoreRollout(
  task: Task,
  input: RolloutInput,
  completionTokens: Uint32Array<ArrayBuffer>,
  logpSampled: Float32Array<ArrayBuffer>,
  config: Pick<GRPOConfig, "num_generations" | "mask_truncated_completions">,
): ScoredRollout {
  const N = input.start.length;
  const C = completionTokens.length / N;
  const length = new Uint32Array(N);
  const truncated = new Uint32Array(N);
  const mask = new Uint32Array(N * C);
  const rewards = new Float32Array(N * task.rewards.length);
  for (let row = 0; row < N; row++) {
    const tokens = completionTokens.subarray(row * C, (row + 1) * C);
    const end = tokens.indexOf(EOS);
    length[row] = end < 0 ? C : end + 1;
    // TRL 1.13: truncated iff the last token is neither end-of-sequence nor padding.
    truncated[row] = end < 0 && tokens[C - 1] !== PAD ? 1 : 0;
    const counts = !(config.mask_truncated_completions && truncated[row] === 1);
    if (counts) mask.fill(1, row * C, row * C + length[row]!);
    const sample = {
      prompt: input.prompts[Math.floor(row / config.num_generations)]!,
      completion: texts(task, tokens.subarray(0, end < 0 ? C : end)),
      ended: end >= 0,
    };
    task.rewards.forEach((reward, f) => {
      rewards[row * task.rewards.length + f] = reward.score(sample) ?? NaN;
    });
  }
  return { ...input, completionTokens, logpSampled, length, truncated, mask, rewards };
}

export const texts = (task: Task, ids: ArrayLike<number>): string[] =>
  Array.from(ids, (id) => task.vocabulary[id] ?? `<${id}>`);

/** TRL shuffles the rows of a generation batch before it slices them into mini-batches. */
export const shuffledRows = (seed: number, generation: number, N: number): number[] =>
  new Random(seed, Purpose.shuffle, generation).permutation(N);

/** Picks rows of a row-major (N, columns) array. */
export function gatherRows<T extends Uint32Array | Float32Array>(
  source: T,
  columns: number,
  rows: readonly number[],
): T {
  const picked = source.slice(0, rows.length * columns) as T;
  rows.forEach((row, i) =>
    picked.set(source.subarray(row * columns, (row + 1) * columns), i * columns),
  );
  return picked;
}
