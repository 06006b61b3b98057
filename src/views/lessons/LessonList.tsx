import { LESSONS } from "../../lessons/lessons.ts";
import { type Progress, useProgress } from "../../store/lesson/progress.ts";
import { openLesson } from "../../store/view/view.ts";
import { AnswerExport } from "./AnswerExport.tsx";

/** Every lesson with what the reader has done of it. */
export function LessonList() {
  const progress = useProgress((state) => state.lessons);
  return (
    <div className="lessons">
      <p>
        Each lesson asks you to predict, shows what the batch does, and says why. Nothing is trained
        for it.
      </p>
      <ol className="lesson-list">
        {LESSONS.map(({ id, title }) => (
          <li key={id}>
            <button type="button" onClick={() => openLesson(id)}>
              <b>{title}</b>
              <small>{stateOf(progress[id])}</small>
            </button>
          </li>
        ))}
      </ol>
      <AnswerExport />
    </div>
  );
}

function stateOf(progress: Progress | undefined): string {
  if (progress === undefined) return "";
  if (progress.done) {
    const right = progress.given.filter((given) => given.right).length;
    return progress.given.length === 0
      ? "✓ done"
      : `✓ done, ${right} of ${progress.given.length} predicted right`;
  }
  return progress.given.length === 0 ? "" : "begun";
}
