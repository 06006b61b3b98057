/** What a policy answers to a prompt, each token the likeliest one. */
export interface Answer {
  /** Token texts. */
  prompt: readonly string[];
  /** Token texts, without end-of-sequence. */
  completion: readonly string[];
  /** It ended by itself; otherwise at the longest completion possible. */
  ended: boolean;
  /** The right completion. */
  right: readonly string[];
  /** Weighted sum of the reward functions that said something. */
  reward: number;
}

/** What an arm answers to the run's pinned prompts, which are the same every time. */
export interface ArmAnswers {
  arm: string;
  /** Optimizer steps that its policy had trained: 0 is the initial weights. */
  step: number;
  /** One a prompt. */
  answers: readonly Answer[];
}

/** Optimizer steps between two times that the arms answer. */
const EVERY = 20;
/** The same until then: what a policy learns first, it learns quickly. */
const EVERY_AT_FIRST = 4;

/** Whether the arms answer after so many optimizer steps. */
export const isAnswered = (step: number): boolean =>
  step % (step < EVERY ? EVERY_AT_FIRST : EVERY) === 0;
