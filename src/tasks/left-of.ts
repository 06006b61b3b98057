import { pictureTask } from "./picture-task.ts";
import { ends, exact } from "./rewards.ts";

export const leftOf = pictureTask({
  id: "left-of",
  title: "Left of",
  help: "Say whether the red square is left of the blue one.",
  difficulty: { label: "Green squares", min: 1, max: 6, default: 2 },
  size: 16,
  words: ["yes", "no"],
  maxCompletionLength: () => 2,
  rewards: (answer) => [exact(answer), ends],
  rewardWeights: [0.8, 0.2],
});
