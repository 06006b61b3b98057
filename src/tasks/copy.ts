import { ends, exact, positions } from "./rewards.ts";
import { between, body, LETTERS, draw } from "./sequences.ts";
import type { Task } from "./task.ts";

const SHORTEST = 3;

const answer = (prompt: readonly string[]): string[] => [...body(prompt)];

export const copy: Task = {
  id: "copy",
  title: "Copy",
  help: "Repeat the letters in the same order.",
  difficulty: { label: "Most letters", min: SHORTEST, max: 12, default: 6 },
  vocabulary: ["<pad>", "<eos>", "<unk>", "copy", "=", ...LETTERS],
  prompt: (random, difficulty) => [
    "copy",
    ...draw(random, LETTERS, between(random, SHORTEST, difficulty)),
    "=",
  ],
  demonstration: answer,
  maxPromptLength: (difficulty) => difficulty + 2,
  maxCompletionLength: (difficulty) => difficulty + 1,
  rewards: [exact(answer), positions(answer), ends],
  rewardWeights: [0.5, 0.4, 0.1],
};
