import { lazy, Suspense, useEffect, useMemo, useRef } from "react";
import type { LessonId } from "../../lessons/ids.ts";
import { answerText, isAnswerTo, isRight, rightAnswer } from "../../lessons/judge.ts";
import type { Answer, Question, Scene, View } from "../../lessons/lesson.ts";
import { type Asked, useAsked } from "../../store/lesson/asked.ts";
import { whenMarked } from "../../store/lesson/marking.ts";
import {
  choose,
  FRESH,
  type Given,
  next,
  reveal,
  useProgress,
} from "../../store/lesson/progress.ts";
import { rowName } from "../../analysis/selection.ts";
import { Button } from "../controls/Button.tsx";
import { useBatch } from "../../store/screen/what-if.ts";
import { LessonQuestion } from "./LessonQuestion.tsx";
import { LessonTable } from "./LessonTable.tsx";
import { isOnScreen, light, show } from "./show.ts";

// Few lessons have one.
const LessonPicture = lazy(async () => ({
  default: (await import("./LessonPicture.tsx")).LessonPicture,
}));

interface SceneProps {
  id: LessonId;
  scene: Scene;
  place: { number: number; of: number };
}

/** A question, the reader's answer, and what the batch says. */
export function LessonScene({ id, scene, place }: SceneProps) {
  const { question } = scene;
  const { answer, given } = useProgress(({ lessons }) => lessons[id] ?? FRESH);
  const told = given[place.number - 1] ?? null;
  const view = told === null ? scene.asked : scene.revealed;
  const batch = useBatch();
  // A run that is built meanwhile takes the screen and has nothing to show on it yet.
  const nothing = batch === null;
  useEffect(() => show(view), [view, nothing]);
  useEffect(() => light(view.lights), [view]);
  const there = isOnScreen(view, batch);
  useAsking(question, answerOf(question, answer), told !== null, there);

  const heading = useRef<HTMLHeadingElement>(null);
  const verdict = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLDivElement>(null);
  const revealed = told !== null;
  useEffect(() => {
    const { current } = revealed ? verdict : heading;
    current?.focus({ preventScroll: true });
    if (current !== null) bringToTop(current, revealed);
  }, [revealed]);
  useEffect(() => whenMarked(() => button.current?.querySelector("button")?.focus()), []);

  const chosen = answerOf(question, answer);
  return (
    <>
      <p className="lesson-say">{scene.say}</p>
      {view.row === null || view.token === undefined ? null : (
        <p className="quiet">
          In the figures row {rowName(view.row)} is marked, and its token {view.token + 1}, which
          moved most, is outlined.
        </p>
      )}
      <h4 ref={heading} tabIndex={-1} className="lesson-ask">
        {question.ask}
      </h4>
      <LessonQuestion
        question={question}
        answer={chosen}
        revealed={revealed}
        onAnswer={(value) => choose(id, value)}
      />
      {!there && (
        <p className="lesson-note">
          The figures show something else now.{" "}
          <Button shape="small" onPress={() => show(view)}>
            Show the lesson’s batch
          </Button>
        </p>
      )}
      <div ref={verdict} tabIndex={-1} role="status" className="lesson-verdict">
        {told !== null && <Verdict given={told} />}
      </div>
      {told !== null && scene.picture !== undefined && (
        <Suspense fallback={<div className="lesson-picture" aria-busy="true" />}>
          <LessonPicture picture={scene.picture} />
        </Suspense>
      )}
      {told !== null && scene.table !== undefined && <LessonTable table={scene.table} />}
      <div className="lesson-go" ref={button}>
        {told === null ? (
          <Button
            kind="primary"
            onPress={() => {
              if (chosen !== null) reveal(id, givenOf(scene, chosen), place.of);
            }}
            disabledBecause={chosen === null ? "Predict first." : null}
          >
            Reveal
          </Button>
        ) : (
          <Button kind="primary" onPress={() => next(id)}>
            {place.number < place.of ? "Next question" : "Finish"}
          </Button>
        )}
        <small className="quiet">
          Question {place.number} of {place.of}
        </small>
      </div>
    </>
  );
}

const Verdict = ({ given: { right, rightly, yours, why } }: { given: Given }) => (
  <>
    <p>
      <b className={right ? "lesson-right" : "lesson-wrong"}>{right ? "✓ Right." : "✕ Not so."}</b>{" "}
      You predicted: {yours}.{right ? "" : ` It is: ${rightly}.`}
    </p>
    <p>{why}</p>
  </>
);

/**
 * Scrolls a lesson that is a sheet over the page's end, lower than what stands in it: to the answer,
 * which would lie under its edge, or to its beginning.
 */
function bringToTop(part: HTMLElement, answer: boolean): void {
  // The lesson itself, or all that explains: `lessons.css`, `learn.css`.
  const sheet = [part.closest(".lesson"), part.closest(".explain")].find(
    (each) => each !== null && getComputedStyle(each).position === "fixed",
  );
  if (!sheet) return;
  const over = sheet.querySelector(".explain-head")?.getBoundingClientRect().height ?? 0;
  const above = part.getBoundingClientRect().top - sheet.getBoundingClientRect().top - over;
  sheet.scrollTop = answer ? sheet.scrollTop + above : 0;
}

/** What the reader has chosen; marks begin with none, which is an answer too. */
function answerOf(question: Question, answer: Answer | null): Answer | null {
  if (isAnswerTo(question, answer)) return answer;
  return question.kind === "cells" || question.kind === "rows" ? [] : null;
}

const givenOf = ({ question, why, asked }: Scene, answer: Answer): Given => ({
  ask: question.ask,
  yours: answerText(question, answer),
  rightly: answerText(question, rightAnswer(question)),
  right: isRight(question, answer),
  why,
  batch: batchText(asked),
});

const batchText = ({ batch }: View): string =>
  batch.kind === "example"
    ? "worked example, no policy wrote it"
    : `recorded run, step ${batch.step}, ${batch.arm} arm`;

/** The figures take part in the question while it is on screen. */
function useAsking(
  question: Question,
  answer: Answer | null,
  revealed: boolean,
  there: boolean,
): void {
  const asked = useMemo(
    () => (there ? askedOf(question, answer, revealed) : null),
    [question, answer, revealed, there],
  );
  useEffect(() => {
    useAsked.setState({ asked });
    return () => useAsked.setState({ asked: null });
  }, [asked]);
}

const NO_MARKS: ReadonlySet<string> = new Set();

function askedOf(question: Question, answer: Answer | null, revealed: boolean): Asked | null {
  if (question.kind === "cells" || question.kind === "rows") {
    const marks = (all: Answer | null) =>
      new Set(typeof all === "object" && all !== null ? all.map(String) : []);
    return {
      marks: question.kind,
      rows: question.rows,
      marked: marks(answer),
      right: revealed ? marks(question.right) : null,
      hidesRatio: false,
    };
  }
  if (revealed) return null;
  const hidesRatio = question.kind === "place" && question.of === "s";
  return { marks: null, rows: [], marked: NO_MARKS, right: null, hidesRatio };
}
