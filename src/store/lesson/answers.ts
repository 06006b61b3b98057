import type { LessonId } from "../../lessons/ids.ts";
import { type Progress, useProgress } from "./progress.ts";

/** Every answer so far as text, for a person: lesson by lesson, in order. */
export function answersText(titles: ReadonlyMap<LessonId, string>): string {
  const { lessons } = useProgress.getState();
  const parts = [...titles].flatMap(([id, title], index) => {
    const progress = lessons[id];
    return progress === undefined || progress.given.length === 0
      ? []
      : [lessonText(`${index + 1}. ${title}`, progress)];
  });
  return parts.length === 0 ? "" : `Ratioscope: answers to the lessons\n\n${parts.join("\n\n")}\n`;
}

const lessonText = (title: string, { given }: Progress): string =>
  [
    title,
    ...given.map(
      ({ ask, yours, rightly, right, why, batch }) =>
        `\nQuestion: ${ask}\nBatch: ${batch}\nPredicted: ${yours}${right ? ", right" : ""}\n` +
        `${right ? "" : `Right: ${rightly}\n`}Why: ${why}`,
    ),
  ].join("\n");

/** The same for a program. */
export function answersJson(titles: ReadonlyMap<LessonId, string>): string {
  const { lessons } = useProgress.getState();
  const all = [...titles].flatMap(([id, title]) => {
    const progress = lessons[id];
    return progress === undefined
      ? []
      : [{ id, title, done: progress.done, answers: progress.given }];
  });
  return `${JSON.stringify({ program: "Ratioscope", lessons: all }, null, 2)}\n`;
}
