import type { GRPOConfig } from "../../config/types.ts";
import { Purpose, Random } from "../../base/random.ts";
import { tokensOfPicture } from "../policy/picture-tokens.ts";
import type { PolicyShape } from "../policy/shape.ts";
import type { PictureBatch } from "../policy/vision/pictures.ts";
import type { Prompts, Sampled } from "../sampler/decoder.ts";
import { isPicture, pictureOf, pixelsOf } from "../../tasks/picture.ts";
import { encode, EOS, PAD, type Task } from "../../tasks/task.ts";

/** The prompts of one rollout, one a group. */
export interface RolloutPrompts extends Prompts {
  /** Token texts of each group's prompt. */
  prompts: readonly (readonly string[])[];
}

/** Completions of one rollout and what the task thinks of them; rows in the rollout's order. */
export interface ScoredRollout {
  /** Token texts of each group's prompt. */
  prompts: readonly (readonly string[])[];
  /** Prompt token ids of each row, left-padded. (N, P) */
  promptTokens: Uint32Array<ArrayBuffer>;
  /** First real column of each row. (N) */
  start: Uint32Array<ArrayBuffer>;
  /** Completion token ids; PAD after the end-of-sequence. (N, K) */
  completionTokens: Uint32Array<ArrayBuffer>;
  /** The sampler's own log-probabilities. (N, K) */
  logpSampled: Float32Array<ArrayBuffer>;
  /** Tokens per completion, its end-of-sequence included. (N) */
  length: Uint32Array<ArrayBuffer>;
  /** 1 where the completion has no end-of-sequence. (N) */
  truncated: Uint32Array<ArrayBuffer>;
  /** 1 where the token counts in the loss. (N, K) */
  mask: Uint32Array<ArrayBuffer>;
  /** Experts of the sampler's tokens, see Sampled; absent for a policy without a mixture. (N, P + K, …) */
  routes?: Uint32Array<ArrayBuffer>;
  /** Raw rewards, NaN where a function returned nothing. (N, F) */
  rewards: Float32Array<ArrayBuffer>;
}

/** The pictures of prompts that begin with one each; null where they are text. */
export function picturesOf(prompts: readonly (readonly string[])[]): PictureBatch | null {
  if (!isPicture(prompts[0]?.[0] ?? "")) return null;
  const pixels = prompts.flatMap((prompt) => pixelsOf(pictureOf(prompt)));
  return { pixels: Float32Array.from(pixels), begin: 0 };
}

/** Lays out prompts left-padded to P columns, each picture as the tokens that the policy has for it. */
export function layOutPrompts(
  task: Task,
  shape: PolicyShape,
  prompts: readonly (readonly string[])[],
  P: number,
): RolloutPrompts {
  const pictures = picturesOf(prompts);
  const promptTokens = new Uint32Array(prompts.length * P).fill(PAD);
  const start = new Uint32Array(prompts.length);
  prompts.forEach((prompt, group) => {
    const ids = encode(task, prompt);
    if (pictures) ids.splice(0, 1, ...tokensOfPicture(shape, group));
    start[group] = P - ids.length;
    promptTokens.set(ids, (group + 1) * P - ids.length);
  });
  return { prompts, promptTokens, start, ...(pictures && { pictures }) };
}

/** Asks the task for the rewards of what was sampled, and sets the loss mask. */
export function scoreRollout(
  task: Task,
  input: RolloutPrompts,
  { tokens: completionTokens, logp: logpSampled, length, routes }: Sampled,
  { mask_truncated_completions }: Pick<GRPOConfig, "mask_truncated_completions">,
): ScoredRollout {
  const { prompts } = input;
  const N = length.length;
  const K = completionTokens.length / N;
  const G = N / prompts.length;
  const P = input.promptTokens.length / prompts.length;
  // The update takes rows in any order: here the prompts go apart.
  const promptTokens = new Uint32Array(N * P);
  const start = new Uint32Array(N);
  const truncated = new Uint32Array(N);
  const mask = new Uint32Array(N * K);
  const rewards = new Float32Array(N * task.rewards.length);
  for (let row = 0; row < N; row++) {
    const group = Math.floor(row / G);
    promptTokens.set(input.promptTokens.subarray(group * P, (group + 1) * P), row * P);
    start[row] = input.start[group]!;
    const tokens = completionTokens.subarray(row * K, row * K + length[row]!);
    const ended = tokens.at(-1) === EOS;
    // TRL 1.13: truncated iff the last token is neither end-of-sequence nor padding.
    truncated[row] = !ended && tokens.at(-1) !== PAD ? 1 : 0;
    const counts = !(mask_truncated_completions && truncated[row] === 1);
    if (counts) mask.fill(1, row * K, row * K + length[row]!);
    const sample = {
      prompt: prompts[group]!,
      completion: texts(task, ended ? tokens.subarray(0, -1) : tokens),
      ended,
    };
    task.rewards.forEach((reward, f) => {
      rewards[row * task.rewards.length + f] = reward.score(sample) ?? NaN;
    });
  }
  return {
    prompts,
    promptTokens,
    start,
    completionTokens,
    logpSampled,
    length,
    truncated,
    mask,
    ...(routes && { routes }),
    rewards,
  };
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
