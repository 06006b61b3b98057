import { ends, exact, positions } from "./rewards.ts";
import { between, body, DIGITS, draw } from "./sequences.ts";
import type { Task } from "./task.ts";

const SHORTEST = 3;

const answer = (prompt: readonly string[]): string[] => [...body(prompt)].reverse();

export const reverse: Task = {
  id: "reverse",
  title: "Reverse",
  help: "Repeat the digits in reverse order.",
  difficulty: { label: "Most digits", min: SHORTEST, max: 12, default: 6 },
  vocabulary: ["<pad>", "<eos>", "<unk>", "reverse", "=", ...DIGITS],
  prompt: (random, difficulty) => [
    "reverse",
    ...draw(random, DIGITS, between(random, SHORTEST, difficulty)),
    "=",
  ],
  demonstration: answer,
  maxPromptLength: (difficulty) => difficulty + 2,
  maxCompletionLength: (difficulty) => difficulty + 1,
  rewards: [exact(answer), positions(answer), ends],
  rewardWeights: [0.5, 0.4, 0.1],
};
