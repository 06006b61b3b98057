import { clipsMore } from "./clips-more.ts";
import { epsilon } from "./epsilon.ts";
import { hotToken } from "./hot-token.ts";
import { identity } from "./identity.ts";
import type { LessonId } from "./ids.ts";
import type { Lesson } from "./lesson.ts";
import { oppositeMoves } from "./opposite-moves.ts";
import { whoPays } from "./who-pays.ts";
import { whyLength } from "./why-length.ts";
import { zeroLoss } from "./zero-loss.ts";

/** Every lesson, in the order in which they build on each other. */
export const LESSONS: readonly Lesson[] = [
  identity,
  hotToken,
  oppositeMoves,
  whyLength,
  epsilon,
  whoPays,
  zeroLoss,
  clipsMore,
];

/** The lesson of this name. */
export const lessonOf = (id: LessonId): Lesson => LESSONS.find((each) => each.id === id)!;
