import { exact, ends, positions } from "./rewards.ts";
import { between, body, DIGITS, draw, pick } from "./sequences.ts";
import { SPECIAL, type Task } from "./task.ts";

const LEADING = ["1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;

/** The sum, lowest digit first: each digit then needs only the carry of the one before it. */
function answer(prompt: readonly string[]): string[] {
  const written = body(prompt);
  const plus = written.indexOf("+");
  const a = written.slice(0, plus).toReversed();
  const b = written.slice(plus + 1).toReversed();
  const digits: string[] = [];
  let carry = 0;
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const sum = Number(a[i] ?? 0) + Number(b[i] ?? 0) + carry;
    digits.push(String(sum % 10));
    carry = sum >= 10 ? 1 : 0;
  }
  return carry ? [...digits, "1"] : digits;
}

export const add: Task = {
  id: "add",
  title: "Add",
  help: "Add two numbers and write the sum with its lowest digit first, so that carries can flow.",
  difficulty: { label: "Most digits per number", min: 1, max: 8, default: 2 },
  vocabulary: [...SPECIAL, "add", "=", "+", ...DIGITS],
  prompt(random, difficulty) {
    const length = between(random, Math.max(1, difficulty - 1), difficulty);
    const number = () => [pick(random, LEADING), ...draw(random, DIGITS, length - 1)];
    return ["add", ...number(), "+", ...number(), "="];
  },
  demonstration: answer,
  maxPromptLength: (difficulty) => 2 * difficulty + 3,
  maxCompletionLength: (difficulty) => difficulty + 2,
  rewards: [exact(answer), positions(answer), ends],
  rewardWeights: [0.5, 0.4, 0.1],
};
