import { leavePresenting } from "../../store/page/present.ts";
import { type ReactNode, useMemo, useState } from "react";
import { type Invitation, useInvitations } from "../../store/page/invitations.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { useRun } from "../../store/run/run-store.ts";
import { returnToLive, selectTab, useView } from "../../store/view/view.ts";
import { useSlide } from "../../store/view/slides.ts";
import { Button } from "../controls/Button.tsx";
import { narrate, type NarrationPart } from "../../analysis/narrate.ts";
import { shownRows } from "../../analysis/rows.ts";
import { slideSentence } from "./slide-sentence.ts";
import type { Batch } from "../what-if/use-what-if.ts";

/** What a lecturer presses; views/app/presenting.ts listens. */
const PRESENTER_KEYS =
  "Arrows right and left: inner step, with Shift: generation. Down and up: stage. N and Shift+N: what to say of the parts, one after another. Space: play.";

const INVITATIONS: Readonly<Record<Invitation, ReactNode>> = {
  hover: (
    <>
      <b>Point at a cell.</b> Both figures mark it, and its ratio, its advantage and whether it is
      clipped stand beside it.
    </>
  ),
  flip: (
    <>
      <b>Flip Token and Sequence, at the top.</b> Training goes on with the other ratio, and every
      chart marks the step.
    </>
  ),
};

/** What the reader is invited to, in the place of the sentence; `busy`: they do something else. */
function useInvitation(busy: boolean): Invitation | null {
  const open = useInvitations((state) => state.open);
  // The level of a recorded run cannot be flipped before training could begin.
  const flips = useRun((run) => run.loaded !== null && run.status !== "loading");
  return busy || (open === "flip" && !flips) ? null : open;
}

/** What just happened in the batch that the figures show, to which row, and what each level does. */
export function SentenceStrip({ batch }: { batch: Batch | null }) {
  const record = batch?.record ?? null;
  const sandbox = batch?.sandbox ?? null;
  const tab = useView((view) => view.tab);
  // Before anything is trained the guide offers itself, once.
  const [skipped, setSkipped] = useState(false);
  const presenting = useView((view) => view.present);
  const group = useView((view) => view.group);
  const { pinned, source } = useScreen();
  const recorded = source === "recorded";
  const playing = useRun((run) => run.status === "playing");
  const live = useRun((run) => (pinned ? run.step : 0));
  const slide = useSlide((state) => state.slide);
  const inView = sandbox?.example ? "all" : group;
  // It goes through every token: not again when only the tab or the slider changed.
  const said = useMemo(() => {
    if (record === null) return [];
    const { rows } = shownRows(record, inView);
    return slide === null ? narrate(record, rows).parts : slideSentence(slide, record, rows);
  }, [record, inView, slide]);
  const invitation = useInvitation(sandbox !== null || presenting);
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
                : pinned && playing
                  ? `training goes on at ${live}`
                  : `batch of the ${record.arm} arm`}
            </span>
          </>
        )}
      </p>
      <p className="sentence-say">
        {invitation !== null ? (
          INVITATIONS[invitation]
        ) : record === null ? (
          <>
            <b>Same completions, same advantages.</b> Left: one ratio per token. Right: one ratio
            per row.
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
      {recorded && !skipped ? (
        <span className="sentence-start">
          <Button
            kind="ghost"
            shape="small"
            onPress={() => {
              setSkipped(true);
              selectTab("equation");
            }}
          >
            Skip
          </Button>
          <Button
            shape="small"
            onPress={() => {
              setSkipped(true);
              selectTab("guide");
              goToGuide();
            }}
          >
            Start guide
          </Button>
        </span>
      ) : null}
      {(recorded && !skipped) || tab === "guide" ? null : (
        <Button kind="ghost" shape="small" onPress={() => selectTab("guide")}>
          Guide
        </Button>
      )}
    </div>
  );
}

/** The guide's first button, wherever the window's width put the guide. */
function goToGuide(): void {
  requestAnimationFrame(() => {
    const first = document.querySelector<HTMLElement>(".guide button:not([disabled])");
    first?.scrollIntoView({ block: "center" });
    first?.focus({ preventScroll: true });
  });
}

function Part({ text, style }: NarrationPart) {
  if (style === "strong") return <b>{text}</b>;
  return style === "number" ? <b className="num">{text}</b> : text;
}
