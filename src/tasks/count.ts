import { exact } from "./rewards.ts";
import { between, body, DIGITS, pick } from "./sequences.ts";
import { SPECIAL, type RewardFunction, type Task } from "./task.ts";

const LETTERS = ["a", "b", "c", "d"] as const;

function answer(prompt: readonly string[]): string[] {
  const [letter = "", ...digits] = body(prompt);
  return Array<string>(Number(digits.join(""))).fill(letter);
}

const letter: RewardFunction = {
  name: "letter",
  help: "Share of tokens that are the letter asked for.",
  score({ prompt, completion }) {
    const wanted = body(prompt)[0];
    const hits = completion.filter((text) => text === wanted).length;
    return completion.length === 0 ? 0 : hits / completion.length;
  },
};

const length: RewardFunction = {
  name: "length",
  help: "How near the length is to the number asked for; a completion that does not end gets 0.",
  score({ prompt, completion, ended }) {
    const wanted = answer(prompt).length;
    return ended ? Math.max(0, 1 - Math.abs(completion.length - wanted) / wanted) : 0;
  },
};

export const count: Task = {
  id: "count",
  title: "Count",
  help: "Repeat a letter as often as the number says: completions differ in length.",
  difficulty: { label: "Largest number", min: 2, max: 64, default: 9 },
  vocabulary: [...SPECIAL, "count", "=", ...DIGITS, ...LETTERS],
  prompt: (random, difficulty) => [
    "count",
    pick(random, LETTERS),
    ...String(between(random, 1, difficulty)),
    "=",
  ],
  demonstration: answer,
  maxPromptLength: (difficulty) => String(difficulty).length + 3,
  maxCompletionLength: (difficulty) => difficulty + 1,
  rewards: [exact(answer), letter, length],
  rewardWeights: [0.4, 0.3, 0.3],
};
