import { pictureTask } from "./picture-task.ts";
import { exact, positions } from "./rewards.ts";
import { DIGITS } from "./sequences.ts";

export const readNumber = pictureTask({
  id: "read-number",
  title: "Read a number",
  help: "Read the two-digit number in a picture.",
  difficulty: { label: "Different digits", min: 2, max: 10, default: 4 },
  size: 12,
  words: DIGITS,
  maxCompletionLength: () => 3,
  rewards: (answer) => [exact(answer), positions(answer)],
  rewardWeights: [0.5, 0.5],
});
