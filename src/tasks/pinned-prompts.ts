import { Purpose, Random } from "../base/random.ts";
import type { Task } from "./task.ts";

/** The first `count` prompts of a run's evaluation set, which no run trains on as such. Token texts. */
export const pinnedPrompts = (
  task: Task,
  { difficulty, seed, count }: { difficulty: number; seed: number; count: number },
): string[][] =>
  Array.from({ length: count }, (_, i) =>
    task.prompt(new Random(seed, Purpose.evaluationPrompts, i), difficulty),
  );
