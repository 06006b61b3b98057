import { useEffect, useMemo } from "react";
import type { LessonId } from "../../lessons/ids.ts";
import type { Material } from "../../lessons/lesson.ts";
import { LESSONS, lessonOf } from "../../lessons/lessons.ts";
import { fetchMaterial, useMaterial } from "../../store/lesson/material.ts";
import { FRESH, useProgress } from "../../store/lesson/progress.ts";
import { useRun } from "../../store/run/run-store.ts";
import { Button } from "../controls/Button.tsx";
import { LessonEnd } from "./LessonEnd.tsx";
import { LessonScene } from "./LessonScene.tsx";
import { useView } from "../../store/view/view.ts";
import { giveBack, leave } from "./show.ts";

const NOTHING: Material = {
  retained: [],
  history: [],
  clipsMore: { steps: 0, outcomes: [] },
  spreadOfS: { outcomes: [] },
};

/** One lesson from its first question to its end. */
export function LessonRunner({ id }: { id: LessonId }) {
  const lesson = lessonOf(id);
  const found = useMaterial();
  useEffect(() => void fetchMaterial(), []);
  useEffect(
    () => () => {
      // Closed, not turned to another tab: what the lesson put on screen goes with it.
      if (!useView.getState().explaining) giveBack();
    },
    [],
  );
  const { scene } = useProgress(({ lessons }) => lessons[id] ?? FRESH);
  const elsewhere = useRun(({ viewedRun }) => viewedRun?.id === "lesson");
  const material = found.state === "there" ? found.material : NOTHING;
  const scenes = useMemo(() => lesson.scenes(material), [lesson, material]);
  const shown = scenes[scene];
  const number = LESSONS.indexOf(lesson) + 1;
  return (
    <section className="lesson" aria-label={`Lesson ${number}: ${lesson.title}`}>
      <header className="lesson-head">
        <h3>
          <span className="num">{number}</span> {lesson.title}
        </h3>
        <Button kind="ghost" shape="small" onPress={leave}>
          All lessons
        </Button>
      </header>
      {elsewhere && (
        <p className="lesson-note">
          The figures show the recorded run that comes with the page; your own run waits behind it.
        </p>
      )}
      {found.state === "waiting" ? (
        <p className="lesson-note" role="status" aria-busy="true">
          The recorded runs are on their way.
        </p>
      ) : scenes.length === 0 ? (
        <Missing why={found.state === "failed" ? found.why : null} />
      ) : shown === undefined ? (
        <LessonEnd lesson={lesson} material={material} />
      ) : (
        <LessonScene
          key={scene}
          id={id}
          scene={shown}
          place={{ number: scene + 1, of: scenes.length }}
        />
      )}
    </section>
  );
}

/** Why a lesson cannot be held. */
const Missing = ({ why }: { why: string | null }) => (
  <div className="lesson-note" role="alert">
    <p>
      {why === null
        ? "The recorded run that comes with this page has no batch that shows it."
        : `The recorded runs cannot be read: ${why}.`}
    </p>
    {why !== null && (
      <Button shape="small" onPress={() => void fetchMaterial()}>
        Try again
      </Button>
    )}
  </div>
);
