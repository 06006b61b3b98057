import { leavePresenting } from "../../store/page/present.ts";
import { useMemo } from "react";
import { covers, useAsked } from "../../store/lesson/asked.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { useRun } from "../../store/run/run-store.ts";
import { returnToLive, selectTab, useView } from "../../store/view/view.ts";
import { useSlide } from "../../store/view/slides.ts";
import { Button } from "../controls/Button.tsx";
import { contrast } from "../../analysis/contrast.ts";
import { narrate, type NarrationPart } from "../../analysis/narrate.ts";
import { shownRows } from "../../analysis/rows.ts";
import { slideSentence } from "./slide-sentence.ts";
import type { Batch } from "../what-if/use-what-if.ts";

/** What a lecturer presses; views/app/presenting.ts listens. */
const PRESENTER_KEYS =
  "Arrows right and left: inner step, with Shift: generation. Down and up: stage. N and Shift+N: what to say of the parts, one after another. Space: play.";

/** What just happened in the batch that the figures show, to which row, and what each level does. */
export function SentenceStrip({ batch }: { batch: Batch | null }) {
  const record = batch?.record ?? null;
  const sandbox = batch?.sandbox ?? null;
  const guided = useView((view) => view.density === "learn" || view.tab === "guide");
  const presenting = useView((view) => view.present);
  const group = useView((view) => view.group);
  const { pinned, source } = useScreen();
  const recorded = source === "recorded";
  const playing = useRun((run) => run.status === "playing");
  const live = useRun((run) => (pinned || run.status === "playing" ? run.step : 0));
  const slide = useSlide((state) => state.slide);
  const inView = sandbox?.example ? "all" : group;
  // Nobody has asked about a row yet.
  const contrasts = useView(
    ({ density, present, pinned: cell }) => density === "learn" && !present && cell === null,
  );
  // It goes through every token: not again when only the tab or the slider changed.
  const said = useMemo(() => {
    if (record === null) return [];
    const { rows } = shownRows(record, inView);
    if (slide !== null) return slideSentence(slide, record, rows);
    return (contrasts ? contrast(record, rows) : narrate(record, rows)).parts;
  }, [record, inView, slide, contrasts]);
  const covered = useAsked(({ asked }) => covers(asked));
  return (
    <div className="sentence">
      <p className="sentence-tag">
        {record === null ? (
          "No step yet"
        ) : sandbox?.example ? (
          <>
            Worked example
            <br />
            <span>no policy wrote it</span>
          </>
        ) : (
          <>
            {recorded ? "Recorded step" : pinned ? "Looking at step" : "Step"} {record.step},{" "}
            <var>k</var> = {record.innerStep}
            <br />
            <span>
              {sandbox?.changed
                ? "edited, not measured"
                : playing && (pinned || live > record.step)
                  ? `${pinned ? "training goes on at" : "held; training is at"} ${live}`
                  : `batch of the ${record.arm} arm`}
            </span>
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
            <b>Same answers, same rewards.</b> Left, one ratio per token. Right, one per answer.
          </>
        ) : (
          said.map((part, index) => <Part key={index} {...part} />)
        )}
      </p>
      {pinned && !recorded ? (
        <Button shape="small" onPress={returnToLive}>
          Return to live
        </Button>
      ) : null}
      {presenting ? (
        <Button kind="ghost" shape="small sentence-leave" onPress={leavePresenting}>
          Leave <kbd>Esc</kbd>
          <span className="visually-hidden">presenting. {PRESENTER_KEYS}</span>
        </Button>
      ) : null}
      {guided ? null : (
        <Button kind="ghost" shape="small" onPress={() => selectTab("guide")}>
          Guide
        </Button>
      )}
    </div>
  );
}

function Part({ text, style }: NarrationPart) {
  if (style === "strong") return <b>{text}</b>;
  return style === "number" ? <b className="num">{text}</b> : text;
}
