import type { Random } from "../base/random.ts";
import { IMAGE, isPicture } from "./picture.ts";

/** Token ids that every task's vocabulary starts with, as in the exported tokenizer. */
export const PAD = 0;
export const EOS = 1;
export const UNK = 2;
/** Their texts. */
export const SPECIAL = ["<pad>", "<eos>", "<unk>"] as const;

/** What a reward function sees: plain strings of token texts. */
export interface Sample {
  /** Token texts of the prompt, e.g. ["sort", "3", "1", "2", "="]. */
  prompt: readonly string[];
  /** Token texts of the completion without end-of-sequence and padding. */
  completion: readonly string[];
  /** Whether the completion ended by itself. */
  ended: boolean;
}

/** A verifiable reward. */
export interface RewardFunction {
  /** snake_case, as it appears in `rewards/{name}/mean`. */
  name: string;
  /** One sentence for the page. */
  help: string;
  /**
   * A finite number, from 0 to 1 in the tasks of the list; null where it does not apply (TRL: None).
   * Called once for every completion.
   */
  score(sample: Sample): number | null;
}

/**
 * A toy task with a verifiable answer: pure data and functions, no GPU. The same arguments always give
 * the same, or two arms and two runs of one seed would not see the same prompts.
 */
export interface Task {
  /** kebab-case id, e.g. "sort". */
  id: string;
  /** One word or two, for the page. */
  title: string;
  /** One sentence: what the policy has to do. */
  help: string;
  /** Meaning and bounds of RunConfig.difficulty. */
  difficulty: { label: string; min: number; max: number; default: number };
  /** Token texts by id; starts with "<pad>", "<eos>", "<unk>". */
  vocabulary: readonly string[];
  /** A prompt: token texts of the vocabulary, drawn from `random` alone. Lengths may differ. */
  prompt(random: Random, difficulty: number): string[];
  /** The right completion, without end-of-sequence. */
  demonstration(prompt: readonly string[]): string[];
  /** Longest prompt possible at this difficulty, in tokens. */
  maxPromptLength(difficulty: number): number;
  /** Longest right completion possible at this difficulty, end-of-sequence included. */
  maxCompletionLength(difficulty: number): number;
  /** One or more, of different names. */
  rewards: readonly RewardFunction[];
  /** Default `reward_weights`, one per function. */
  rewardWeights: readonly number[];
  /** Of a task whose prompts begin with a picture (tasks/picture.ts), which counts as one token there. */
  picture?: {
    /** Pixels along either side. */
    size: number;
    /** A prompt's picture in words, for who does not see it. */
    describe(prompt: readonly string[]): string;
  };
}

/** Token ids of the texts; a picture becomes one IMAGE, unknown texts become UNK. */
export const encode = (task: Task, texts: readonly string[]): number[] =>
  texts.map((text) => {
    const id = task.vocabulary.indexOf(isPicture(text) ? IMAGE : text);
    return id < 0 ? UNK : id;
  });
