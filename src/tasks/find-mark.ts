import { pictureTask } from "./picture-task.ts";
import { exact, positions } from "./rewards.ts";
import { DIGITS } from "./sequences.ts";

export const findMark = pictureTask({
  id: "find-mark",
  title: "Find the mark",
  help: "Say in which row and which column of a picture the mark is.",
  difficulty: { label: "Cells along a side", min: 2, max: 6, default: 4 },
  size: 12,
  words: ["row", "column", ...DIGITS.slice(1, 7)],
  maxCompletionLength: () => 5,
  rewards: (answer) => [exact(answer), positions(answer)],
  rewardWeights: [0.5, 0.5],
});
