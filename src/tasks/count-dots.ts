import { pictureTask } from "./picture-task.ts";
import { ends, exact } from "./rewards.ts";
import { DIGITS } from "./sequences.ts";
import type { RewardFunction } from "./task.ts";

/** The completion counts aloud: its last number is what it says. */
const near = (answer: (prompt: readonly string[]) => string[]): RewardFunction => ({
  name: "near",
  help: "How near the last number is to the right one.",
  score({ prompt, completion }) {
    const wanted = answer(prompt).length;
    const said = Number(completion.at(-1) ?? NaN);
    return Number.isNaN(said) ? 0 : Math.max(0, 1 - Math.abs(said - wanted) / wanted);
  },
});

export const countDots = pictureTask({
  id: "count-dots",
  title: "Count the dots",
  help: "Count the dots of a picture aloud.",
  difficulty: { label: "Most dots", min: 2, max: 9, default: 5 },
  size: 12,
  words: DIGITS.slice(1),
  maxCompletionLength: (difficulty) => difficulty + 1,
  rewards: (answer) => [exact(answer), near(answer), ends],
  rewardWeights: [0.5, 0.4, 0.1],
});
