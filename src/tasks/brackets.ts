import { ends, exact, positions } from "./rewards.ts";
import { between, body, pick } from "./sequences.ts";
import { SPECIAL, type Task } from "./task.ts";

const PAIRS = ["()", "[]", "{}", "<>"] as const;
const closing = new Map(PAIRS.map((pair) => [pair[0], pair[1]] as const));

/** Closes what is open, innermost first. */
function answer(prompt: readonly string[]): string[] {
  const open: string[] = [];
  for (const text of body(prompt)) {
    const close = closing.get(text);
    if (close === undefined) open.pop();
    else open.push(close);
  }
  return open.reverse();
}

export const brackets: Task = {
  id: "brackets",
  title: "Brackets",
  help: "Close the brackets that are still open, innermost first.",
  difficulty: { label: "Most open brackets", min: 1, max: 16, default: 4 },
  vocabulary: [...SPECIAL, "close", "=", ...PAIRS.flatMap((pair) => [...pair])],
  prompt(random, difficulty) {
    const open = between(random, 1, difficulty);
    // Behind each open bracket, at times, a pair that is closed already: a distraction.
    const steps = Array.from({ length: open }, () => [
      pick(random, PAIRS)[0] ?? "",
      ...(random.integer(2) === 1 ? pick(random, PAIRS) : ""),
    ]);
    return ["close", ...steps.flat(), "="];
  },
  demonstration: answer,
  maxPromptLength: (difficulty) => 3 * difficulty + 2,
  maxCompletionLength: (difficulty) => difficulty + 1,
  rewards: [exact(answer), positions(answer), ends],
  rewardWeights: [0.5, 0.4, 0.1],
};
