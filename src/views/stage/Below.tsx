import { lazy, memo, Suspense } from "react";
import type { StepRecord } from "../../record/record.ts";
import { firstFigure } from "../../store/browser/first-figure.ts";
import { useCovered } from "../../store/lesson/asked.ts";
import type { Batch } from "../../store/screen/what-if.ts";
import { useRecordInTurn } from "../figure/use-in-turn.ts";
import { usePart } from "../learn/Unfold.tsx";
import { chartPictures } from "../save/pictures.ts";
import { SaveMenu } from "../save/SaveMenu.tsx";
import { ErrorBoundary } from "../shell/ErrorBoundary.tsx";
import { WhenNear } from "../shell/WhenNear.tsx";
import { Covered } from "./Covered.tsx";

// They lie below the first figure, which does not wait for their scripts.
const MemoStepStages = lazy(async () => {
  await firstFigure;
  return { default: memo((await import("../step/StepStages.tsx")).StepStages) };
});
const Charts = lazy(async () => {
  await firstFigure;
  return { default: (await import("../charts/Charts.tsx")).Charts };
});
const Completions = lazy(async () => {
  await firstFigure;
  return { default: (await import("../completions/Completions.tsx")).Completions };
});

interface BelowProps {
  batch: Batch | null;
  /** The step's record for its texts; null: there are none. */
  texts: StepRecord | null;
}

/**
 * What stands under the figures: charts, the step in parts, completions. Rewards, norms and clip
 * verdicts stand there, so that all of it waits while a lesson asks.
 */
export function Below({ batch, texts }: BelowProps) {
  const anatomy = useRecordInTurn(batch?.record ?? null, 2);
  const listed = useRecordInTurn(texts, 3);
  const [charts, step, completions] = [usePart("charts"), usePart("step"), usePart("completions")];
  const covered = useCovered();
  const measured = batch !== null && batch.sandbox === null;
  return (
    <>
      {!charts ? null : covered ? (
        <Covered what="The charts come" className="stage-charts" />
      ) : (
        <ErrorBoundary what="The charts">
          <div className="saveable saveable-charts">
            <Suspense fallback={<div className="stage-charts" aria-busy="true" />}>
              <SaveMenu what="Charts" pictures={chartPictures} />
              <Charts />
            </Suspense>
          </div>
        </ErrorBoundary>
      )}
      {!measured || !step ? null : covered ? (
        <Covered what="The step in parts comes" className="stage-step" />
      ) : (
        <ErrorBoundary what="The step anatomy">
          <WhenNear className="card stage-step">
            {anatomy === null ? (
              <div className="card stage-step" aria-busy="true" />
            ) : (
              <Suspense fallback={<div className="card stage-step" aria-busy="true" />}>
                <MemoStepStages record={anatomy} />
              </Suspense>
            )}
          </WhenNear>
        </ErrorBoundary>
      )}
      {texts === null || !completions ? null : covered ? (
        <Covered what="All answers come" className="stage-step" />
      ) : (
        <ErrorBoundary what="The completions">
          <div className="card">
            <WhenNear className="stage-completions">
              {listed === null ? (
                <div className="stage-completions" aria-busy="true" />
              ) : (
                <Suspense fallback={<div className="stage-completions" aria-busy="true" />}>
                  <Completions record={listed} title="Completions" />
                </Suspense>
              )}
            </WhenNear>
          </div>
        </ErrorBoundary>
      )}
    </>
  );
}
