import { lazy, Suspense, useMemo } from "react";
import { useCovered } from "../../store/lesson/asked.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { useRun } from "../../store/run/run-store.ts";
import { returnToLive, selectTab, useView } from "../../store/view/view.ts";
import { useSlide } from "../../store/view/slides.ts";
import { Word } from "../controls/Word.tsx";
import { Button } from "../controls/Button.tsx";
import { contrast } from "../../analysis/contrast.ts";
import { narrate, narrateRow } from "../../analysis/narrate.ts";
import { shownRows } from "../../analysis/rows.ts";
import { SentenceParts } from "./SentenceParts.tsx";
import type { Batch } from "../../store/screen/what-if.ts";

// Nobody presents yet.
const PresenterTools = lazy(async () => ({
  default: (await import("../present/PresenterTools.tsx")).PresenterTools,
}));
const SlideSentence = lazy(async () => ({
  default: (await import("../present/SlideSentence.tsx")).SlideSentence,
}));

/** What just happened in the batch that the figures show, to which row, and what each level does. */
export function SentenceStrip({ batch }: { batch: Batch | null }) {
  const record = batch?.record ?? null;
  const sandbox = batch?.sandbox ?? null;
  const learning = useView((view) => view.density === "learn");
  const open = useView((view) => (learning ? view.explaining : view.tab === "guide"));
  const presenting = useView((view) => view.present);
  const group = useView((view) => view.group);
  const { pinned, source, run } = useScreen();
  const recorded = source === "recorded";
  const playing = useRun((run) => run.status === "playing");
  const live = useRun((run) => (pinned || run.status === "playing" ? run.step : 0));
  const slide = useSlide((state) => state.slide);
  const inView = sandbox?.example ? "all" : group;
  const learns = useView(({ density, present }) => density === "learn" && !present);
  const asked = useView((view) => view.pinned?.row ?? null);
  // It goes through every token: not again when only the tab or the slider changed.
  const said = useMemo(() => {
    if (record === null) return [];
    const { rows } = shownRows(record, inView);
    if (!learns) return narrate(record, rows).parts;
    // A learner who has not asked about a row is told what sets the figures apart.
    return asked === null || !rows.includes(asked)
      ? contrast(record, rows).parts
      : narrateRow(record, asked).parts;
  }, [record, inView, learns, asked]);
  const covered = useCovered();
  return (
    <div className="sentence">
      <p className="sentence-tag">
        {record === null ? (
          "No step yet"
        ) : sandbox?.example ? (
          <>
            Worked example
            <br />
            <span className="sentence-more">no policy wrote it</span>
          </>
        ) : (
          <>
            <Word id="step">
              {recorded ? "Recorded step" : pinned ? "Looking at step" : "Step"}
            </Word>{" "}
            {record.step},{" "}
            <Word id="inner-step">
              <var>k</var>
            </Word>{" "}
            = {record.innerStep}
            <br />
            {sandbox?.changed ? (
              <span className="sentence-more">edited, not measured</span>
            ) : playing && (pinned || live > record.step) ? (
              <span className="sentence-more">
                {pinned ? "training goes on at" : "held; training is at"} {live}
              </span>
            ) : (
              <span
                className={
                  // A learner is told where it is another arm's than the first view's.
                  record.arm === run?.arms[0]?.name ? "sentence-more sentence-arm" : "sentence-more"
                }
              >
                batch of the {record.arm} <Word id="arm">arm</Word>
              </span>
            )}
          </>
        )}
      </p>
      <p className="sentence-say">
        {covered ? (
          <>
            <b>A lesson asks.</b> What happened here is told with the answer.
          </>
        ) : record === null ? (
          <>
            <b>Same answers, same rewards.</b> Figure 3, one ratio per token. Figure 4, one per
            answer.
          </>
        ) : slide === null ? (
          <SentenceParts parts={said} />
        ) : (
          <Suspense fallback={<SentenceParts parts={said} />}>
            <SlideSentence slide={slide} record={record} />
          </Suspense>
        )}
      </p>
      {pinned && !recorded ? (
        <Button shape="small" onPress={returnToLive}>
          Return to live
        </Button>
      ) : null}
      {presenting ? (
        <Suspense fallback={null}>
          <PresenterTools />
        </Suspense>
      ) : null}
      {open || presenting ? null : (
        <Button
          kind="ghost"
          shape="small"
          onPress={() => selectTab(learning ? "lessons" : "guide")}
        >
          {learning ? "Lessons" : "Guide"}
        </Button>
      )}
    </div>
  );
}
