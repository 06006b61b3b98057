import { useEffect, useRef } from "react";
import type { Lesson, Material } from "../../lessons/lesson.ts";
import { LESSONS } from "../../lessons/lessons.ts";
import { FRESH, startOver, useProgress } from "../../store/lesson/progress.ts";
import { openLesson } from "../../store/view/view.ts";
import { Button } from "../controls/Button.tsx";
import { light, show } from "./show.ts";

/** The end of a lesson: one thing to try, and what comes next. */
export function LessonEnd({ lesson, material }: { lesson: Lesson; material: Material }) {
  const { say, label, view } = lesson.tryThis(material);
  const { given } = useProgress(({ lessons }) => lessons[lesson.id] ?? FRESH);
  const right = given.filter((each) => each.right).length;
  const following = LESSONS[LESSONS.indexOf(lesson) + 1];
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const lit = useRef<() => void>(() => undefined);
  useEffect(() => () => lit.current(), []);
  return (
    <>
      <h4 ref={heading} tabIndex={-1} className="lesson-ask">
        Now try it
      </h4>
      <p>{say}</p>
      <Button
        onPress={() => {
          show(view);
          lit.current();
          lit.current = light(view.lights);
        }}
      >
        {label}
      </Button>
      <p className="lesson-note">
        You predicted {right} of {given.length} right.
      </p>
      <div className="lesson-go">
        {following !== undefined && (
          <Button kind="primary" onPress={() => openLesson(following.id)}>
            Next lesson: {following.title}
          </Button>
        )}
        <Button shape="small" kind="ghost" onPress={() => startOver(lesson.id)}>
          Once more
        </Button>
      </div>
    </>
  );
}
