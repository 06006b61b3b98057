/** Names of the lessons in links and in what the browser keeps, in their order. */
export const LESSON_IDS = [
  "identity",
  "hot-token",
  "opposite-moves",
  "why-length",
  "epsilon",
  "who-pays",
  "zero-loss",
  "clips-more",
] as const;

export type LessonId = (typeof LESSON_IDS)[number];

export const isLessonId = (id: unknown): id is LessonId => LESSON_IDS.some((each) => each === id);
