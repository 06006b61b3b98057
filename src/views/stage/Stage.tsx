import { rolloutOf } from "../../store/screen/shown.ts";
import { covers, shownStage, takesMarks, useAsked } from "../../store/lesson/asked.ts";
import { mark } from "../../store/lesson/marking.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { useTrainedLevel } from "../../store/screen/shown.ts";
import { useSlide } from "../../store/view/slides.ts";
import {
  restoreStage,
  selectExperts,
  selectGroup,
  selectStage,
  setCompare,
  setHover,
  setPinned,
  useView,
} from "../../store/view/view.ts";
import { lazy, memo, Suspense, useEffect, useMemo, useState } from "react";
import { hasRoutes, layerIn } from "../../analysis/flips.ts";
import type { TriedBand as Tried } from "../../analysis/epsilon.ts";
import { figureDrawn, firstFigure } from "../../store/browser/first-figure.ts";
import { TriedBand } from "./TriedBand.tsx";
import type { StepRecord } from "../../record/record.ts";
import {
  type Batch,
  editLevel,
  editLogRatio,
  editReward,
  useBatch,
} from "../../store/screen/what-if.ts";
import { WhatIfButton } from "../what-if/WhatIfButton.tsx";
import { useOtherLevel } from "../other-level/use-other-level.tsx";
import { RowAnatomy } from "../figure/RowAnatomy.tsx";
import { clipRule } from "../../analysis/clip-rule.ts";
import { narrate } from "../../analysis/narrate.ts";
import type { Selection } from "../../analysis/selection.ts";
import { type GroupChoice, shownRows } from "../../analysis/rows.ts";
import { StageFilm } from "../film/StageFilm.tsx";
import { TwinFigure } from "../figure/TwinFigure.tsx";
import { useRecordInTurn } from "../figure/use-in-turn.ts";
import { batchPictures } from "../save/pictures.ts";
import { SaveMenu } from "../save/SaveMenu.tsx";
import { ErrorBoundary } from "../shell/ErrorBoundary.tsx";
import { Intro } from "../learn/Intro.tsx";
import { Unfold, usePart } from "../learn/Unfold.tsx";
import { NoFigures } from "../states/NoFigures.tsx";
import { Skeleton } from "../states/Skeleton.tsx";
import { Below } from "./Below.tsx";
import { Covered } from "./Covered.tsx";
import { InnerSteps } from "./InnerSteps.tsx";
import { SentenceStrip } from "./SentenceStrip.tsx";
import "./stage.css";

/** The middle of the page: one sentence, the twin figure, distributions, charts, completions. */
export function Stage() {
  const { texts, stored } = useScreen();
  const batch = useBatch();
  const presenting = useView((view) => view.present);
  const learning = useView((view) => view.density === "learn" && !view.present);
  return (
    <>
      {learning && <Intro />}
      <SentenceStrip batch={batch} />
      <Suspense fallback={null}>
        <Notices />
      </Suspense>
      {batch !== null ? (
        <Figures batch={batch} />
      ) : stored ? (
        <NoFigures texts={texts !== null} />
      ) : (
        <Skeleton />
      )}
      {presenting ? (
        <Suspense fallback={null}>
          <PresenterKeys />
        </Suspense>
      ) : null}
      {learning && batch !== null && <Unfold />}
      <Below batch={batch} texts={texts} />
    </>
  );
}

// It lies below the first figure, which does not wait for its script.
const RatioDistributions = lazy(async () => {
  await firstFigure;
  return {
    default: (await import("../distributions/RatioDistributions.tsx")).RatioDistributions,
  };
});
const Notices = lazy(async () => {
  await firstFigure;
  return { default: (await import("./Notices.tsx")).Notices };
});
// Nobody presents yet.
const PresenterRewards = lazy(async () => ({
  default: (await import("../present/PresenterRewards.tsx")).PresenterRewards,
}));
const PresenterKeys = lazy(async () => ({
  default: (await import("../present/PresenterTools.tsx")).PresenterKeys,
}));
// Nobody has edited a batch yet.
const WhatIfBar = lazy(async () => ({
  default: (await import("../what-if/WhatIfBar.tsx")).WhatIfBar,
}));
const Figures = memo(function Figures({ batch }: { batch: Batch }) {
  const { record, vocabulary, sandbox } = batch;
  const [anatomy, distributions] = [usePart("row"), usePart("distributions")];
  useEffect(figureDrawn, []);
  const wantedStage = useView((view) => view.stage);
  const wantedExperts = useView((view) => view.experts);
  const chosen = useView((view) => view.group);
  const group = sandbox?.example ? "all" : chosen;
  const hover = useView((view) => view.hover);
  const pinned = useView((view) => view.pinned);
  const { arm: chosenArm, run, kept } = useScreen();
  const measured = sandbox === null;
  const rollout = useMemo(
    () => (measured ? rolloutOf(kept, record) : [record]),
    [kept, record, measured],
  );
  const arm = chosenArm ?? record.arm;
  const hard = clipRule(record.config).kind === "hard";
  const [tried, setTried] = useState<Tried | null>(null);
  const visiting = useView(({ stageBefore, phase }) => stageBefore !== null && phase === null);
  const other = useOtherLevel(record);
  const { effect } = other;
  const trained = useTrainedLevel(record);
  const spread = useRecordInTurn(record, 1);
  const presenting = useView((view) => view.present);
  const wanted = useView((view) => view.compare);
  const compare = wanted === "effect" && effect === null ? "side" : wanted;
  const asked = useAsked((state) => state.asked);
  const stage = shownStage(asked, wantedStage);
  const onPin = takesMarks(asked) ? mark : setPinned;
  const cell = { hover, onHover: setHover, pinned, onPin };
  // A lesson's question is about both figures.
  const chosenLayer = asked === null ? wantedExperts : null;
  const experts = chosenLayer !== null && hasRoutes(record) ? layerIn(record, chosenLayer) : null;
  const pictures = useMemo(
    () => batchPictures(record, sandbox === null ? run : null, experts),
    [record, run, sandbox, experts],
  );
  useEffect(() => {
    if (pinned !== null && matchMedia(PHONE).matches) bringUp(pinned);
  }, [pinned]);
  const told = useMemo(() => toldRow(record, group), [record, group]);
  const shownRow = useSlide((slide) => slide.row);
  const row = Math.min(shownRow ?? pinned?.row ?? hover?.row ?? told, record.rows - 1);
  return (
    <>
      <ErrorBoundary what="The twin figure">
        <div className="card stage-figure" data-example={sandbox?.example || undefined}>
          {sandbox === null ? null : (
            <Suspense fallback={null}>
              <WhatIfBar batch={batch} pinned={pinned} />
            </Suspense>
          )}
          <TwinFigure
            record={record}
            rollout={rollout}
            vocabulary={vocabulary}
            stage={stage}
            onStage={selectStage}
            group={group}
            onGroup={selectGroup}
            {...(sandbox === null ? { trained } : {})}
            experts={experts}
            onExperts={selectExperts}
            compare={compare}
            onCompare={setCompare}
            effect={effect}
            pictures={pictures.twin}
            armLabel={sandbox?.example ? null : `the ${arm} arm`}
            actions={
              sandbox === null && (
                <>
                  {other.button}
                  <WhatIfButton batch={batch} />
                </>
              )
            }
            answer={sandbox === null && other.answer}
            visiting={visiting}
            onBack={restoreStage}
            asked={asked}
            {...(sandbox === null || covers(asked)
              ? {}
              : {
                  onEdit: editLogRatio,
                  onReward: editReward,
                  edited: sandbox.edited,
                  editedRewards: new Set(sandbox.edits.rewards.keys()),
                })}
            {...cell}
          >
            {sandbox?.example ? null : <InnerSteps record={record} />}
          </TwinFigure>
          {anatomy && !covers(asked) && (
            <div className="saveable saveable-row">
              {presenting ? (
                <Suspense fallback={<div className="presenter-rewards" aria-busy="true" />}>
                  <PresenterRewards />
                </Suspense>
              ) : null}
              <SaveMenu what="Row anatomy" pictures={() => [pictures.anatomy]} />
              <RowAnatomy
                record={record}
                rollout={rollout}
                vocabulary={vocabulary}
                row={row}
                tried={sandbox === null ? tried : null}
                {...(hard ? { onTry: sandbox === null ? setTried : editLevel(record) } : {})}
                {...cell}
              />
            </div>
          )}
          {anatomy && hard && !covers(asked) && (
            <TriedBand
              record={record}
              tried={sandbox === null ? tried : null}
              onReset={() => setTried(null)}
              sandbox={sandbox !== null}
            />
          )}
        </div>
      </ErrorBoundary>
      {sandbox === null && <StageFilm />}
      {distributions && (
        <ErrorBoundary what="The distributions">
          <div id="distributions" className="saveable">
            <Suspense fallback={<div className="stage-distributions" aria-busy="true" />}>
              {!covers(asked) && (
                <SaveMenu what="Ratio distributions" pictures={() => [pictures.distributions]} />
              )}
              {spread === null ? (
                <div className="stage-distributions" aria-busy="true" />
              ) : covers(asked) ? (
                <Covered what="The distributions come" className="stage-distributions" />
              ) : (
                <RatioDistributions record={spread} measured={sandbox === null} />
              )}
            </Suspense>
          </div>
        </ErrorBoundary>
      )}
    </>
  );
});

/** Where what explains a cell is a sheet over the page's end. */
const PHONE = "(max-width: 799px)";

/** Above the sheet, as soon as that is there. */
const bringUp = ({ row, token }: Selection): void =>
  void requestAnimationFrame(() =>
    document.querySelector(`[data-cell="${row}-${token}"]`)?.scrollIntoView({ block: "nearest" }),
  );

/** The row that the sentence tells of, else the first one in view. */
function toldRow(record: StepRecord, group: GroupChoice): number {
  const { rows } = shownRows(record, group);
  return narrate(record, rows).row ?? rows[0] ?? 0;
}
