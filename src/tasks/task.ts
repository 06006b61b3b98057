import type { Random } from "../base/random.ts";

/** Token ids that every task's vocabulary starts with, as in the exported tokenizer. */
export const PAD = 0;
export const EOS = 1;
export const UNK = 2;

/** What a reward function sees: plain strings of token texts. */
export interface Sample {
  /** Token texts of the prompt, e.g. ["sort", "3", "1", "2", "="]. */
  prompt: readonly string[];
  /** Token texts of the completion without end-of-sequence and padding. */
  completion: readonly string[];
  /** Whether the completion ended by itself. */
  ended: boolean;
}

/** A verifiable reward in [0, 1]; null when it does not apply (TRL: None). */
export interface RewardFunction {
  /** snake_case, as it appears in `rewards/{name}/mean`. */
  name: string;
  /** One sentence for the page. */
  help: string;
  score(sample: Sample): number | null;
}

/** A toy task with a verifiable answer. One file per task; pure data and functions, no GPU. */
export interface Task {
  /** kebab-case id, e.g. "sort". */
  id: string;
  title: string;
  /** One sentence: what the policy has to do. */
  help: string;
  /** Meaning and bounds of RunConfig.difficulty. */
  difficulty: { label: string; min: number; max: number; default: number };
  /** Token texts by id; starts with "<pad>", "<eos>", "<unk>". */
  vocabulary: readonly string[];
  /** A prompt: token texts. Lengths may differ. */
  prompt(random: Random, difficulty: number): string[];
  /** The right completion, without end-of-sequence. */
  demonstration(prompt: readonly string[]): string[];
  /** Longest prompt possible at this difficulty, in tokens. */
  maxPromptLength(difficulty: number): number;
  /** Longest right completion possible at this difficulty, end-of-sequence included. */
  maxCompletionLength(difficulty: number): number;
  rewards: readonly RewardFunction[];
  /** Default `reward_weights`, one per function. */
  rewardWeights: readonly number[];
}

/** Token ids of the texts; unknown texts become UNK. */
export const encode = (task: Task, texts: readonly string[]): number[] =>
  texts.map((text) => {
    const id = task.vocabulary.indexOf(text);
    return id < 0 ? UNK : id;
  });
