import { pictureTask } from "./picture-task.ts";
import { exact, positions } from "./rewards.ts";
import { DIGITS } from "./sequences.ts";
import type { RewardFunction } from "./task.ts";

/** The first token, whatever follows. */
const taller = (answer: (prompt: readonly string[]) => string[]): RewardFunction => ({
  name: "taller",
  help: "1 if the first token is right, whatever follows.",
  score: ({ prompt, completion }) => (completion[0] === answer(prompt)[0] ? 1 : 0),
});

export const compareBars = pictureTask({
  id: "compare-bars",
  title: "Compare bars",
  help: "Say which of two bars is taller, and by how many pixels.",
  difficulty: { label: "Tallest bar", min: 2, max: 9, default: 6 },
  size: 12,
  words: ["red", "blue", "same", "by", ...DIGITS.slice(1, 9)],
  maxCompletionLength: () => 4,
  rewards: (answer) => [exact(answer), positions(answer), taller(answer)],
  rewardWeights: [0.4, 0.4, 0.2],
});
