import { ends, exact, positions } from "./rewards.ts";
import { between, body, draw } from "./sequences.ts";
import { SPECIAL, type Task } from "./task.ts";

const SHORTEST = 3;

/** A task whose answer has the prompt's items, digits or letters, in an order of their own. */
export function rearranging(
  {
    id,
    title,
    help,
    items,
    called,
  }: Pick<Task, "id" | "title" | "help"> & {
    items: readonly [string, ...string[]];
    called: string;
  },
  rearranged: (items: readonly string[]) => string[],
): Task {
  const answer = (prompt: readonly string[]): string[] => rearranged(body(prompt));
  return {
    id,
    title,
    help,
    difficulty: { label: `Most ${called}`, min: SHORTEST, max: 12, default: 6 },
    vocabulary: [...SPECIAL, id, "=", ...items],
    prompt: (random, difficulty) => [
      id,
      ...draw(random, items, between(random, SHORTEST, difficulty)),
      "=",
    ],
    demonstration: answer,
    maxPromptLength: (difficulty) => difficulty + 2,
    maxCompletionLength: (difficulty) => difficulty + 1,
    rewards: [exact(answer), positions(answer), ends],
    rewardWeights: [0.5, 0.4, 0.1],
  };
}
