import type { Random } from "../base/random.ts";
import { IMAGE, type Picture, pictureOf, pictureText } from "./picture.ts";
import { SPECIAL, type RewardFunction, type Task } from "./task.ts";

/** What draws a task's pictures and reads them: its file in `painters`. */
export interface Painter {
  /** Square, of as many pixels along a side as the task says. */
  draw(random: Random, difficulty: number): Picture;
  /** The right completion, without end-of-sequence: read off the picture. */
  answer(picture: Picture): string[];
  /** The picture in words, for who does not see it. */
  describe(picture: Picture): string;
}

let painters: Readonly<Record<string, Painter>> | null = null;

/** Loads what draws; before it, picture tasks say what they are and have no prompts. */
export async function loadPainters(): Promise<void> {
  painters ??= (await import("./painters/all.ts")).painters;
}

function painterOf(id: string): Painter {
  const found = painters?.[id];
  if (!found) throw new Error(`${id} draws pictures: await loadPainters first`);
  return found;
}

/** What a task with pictures is but for them. */
interface Stated extends Pick<Task, "id" | "title" | "help" | "difficulty" | "rewardWeights"> {
  /** Pixels along a side. */
  size: number;
  /** Tokens of answers. */
  words: readonly string[];
  maxCompletionLength: Task["maxCompletionLength"];
  /** Given the right completion of a prompt. */
  rewards(answer: (prompt: readonly string[]) => string[]): readonly RewardFunction[];
}

/** A task whose prompts are a picture and "=". */
export function pictureTask({ size, words, rewards, ...stated }: Stated): Task {
  const { id } = stated;
  const answer = (prompt: readonly string[]) => painterOf(id).answer(pictureOf(prompt));
  return {
    ...stated,
    vocabulary: [...SPECIAL, IMAGE, "=", ...words],
    prompt: (random, difficulty) => [pictureText(painterOf(id).draw(random, difficulty)), "="],
    demonstration: answer,
    maxPromptLength: () => 2,
    rewards: rewards(answer),
    picture: { size, describe: (prompt) => painterOf(id).describe(pictureOf(prompt)) },
  };
}
