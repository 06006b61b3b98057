import { exact, positions } from "./rewards.ts";
import { between, body, draw } from "./sequences.ts";
import { SPECIAL, type RewardFunction, type Task } from "./task.ts";

const BITS = ["0", "1"] as const;
const SHORTEST = 2;

/** Each bit followed by the parity of the ones so far, then ":" and the parity of all. */
function answer(prompt: readonly string[]): string[] {
  let odd = false;
  const working = body(prompt).flatMap((bit) => {
    odd = odd !== (bit === "1");
    return [bit, odd ? "odd" : "even"];
  });
  return [...working, ":", odd ? "odd" : "even"];
}

const verdict: RewardFunction = {
  name: "verdict",
  help: "1 if the token after the colon is the right parity, whatever the working says.",
  score({ prompt, completion }) {
    const said = completion[completion.indexOf(":") + 1];
    return completion.includes(":") && said === answer(prompt).at(-1) ? 1 : 0;
  },
};

export const parity: Task = {
  id: "parity",
  title: "Parity",
  help: "Say whether the number of ones is odd or even, with the running parity as working.",
  difficulty: { label: "Most bits", min: SHORTEST, max: 64, default: 8 },
  vocabulary: [...SPECIAL, "parity", "=", ...BITS, "odd", "even", ":"],
  prompt: (random, difficulty) => [
    "parity",
    ...draw(random, BITS, between(random, SHORTEST, difficulty)),
    "=",
  ],
  demonstration: answer,
  maxPromptLength: (difficulty) => difficulty + 2,
  maxCompletionLength: (difficulty) => 2 * difficulty + 3,
  rewards: [exact(answer), positions(answer), verdict],
  rewardWeights: [0.4, 0.4, 0.2],
};
