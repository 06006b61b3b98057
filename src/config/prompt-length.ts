import type { Task } from "../tasks/task.ts";
import { pictureTokens } from "./architecture-shape.ts";
import type { RunConfig } from "./types.ts";

/** Tokens of the longest prompt that the policy reads: a picture is as many as it has of it. */
export const longestPrompt = (
  { policy: { vision }, difficulty }: Pick<RunConfig, "policy" | "difficulty">,
  task: Task,
): number =>
  task.maxPromptLength(difficulty) + (task.picture && vision ? pictureTokens(vision) - 1 : 0);
