import type { Stage } from "../../analysis/stage.ts";
import { step as train, stepGeneration } from "../run/actions.ts";
import { canTrain } from "../run/readiness.ts";
import { useDisplay } from "./display.ts";
import { nearestRetained } from "../../record/retained-records.ts";
import { useRun } from "../run/run-store.ts";
import { restoreStage, showStage, useView } from "../view/view.ts";
import { type Phase, type Place, type Stride, walk } from "../../analysis/walk.ts";

/** The stage of the figures that shows a phase's result. */
const FIGURE_STAGE: Partial<Record<Phase, Stage>> = {
  ratio: 2,
  advantage: 3,
  clip: 4,
  aggregate: 5,
};

/** Where the reader stands now. */
export function placeNow(): Place | null {
  const { step, phase } = useView.getState();
  const shown = nearestRetained(useDisplay.getState().kept, step);
  return shown === undefined ? null : { step: shown.step, phase };
}

/** Lights a phase of a step; the figures go to the stage that shows its result. */
export function goTo({ step, phase }: Place): void {
  const newest = useDisplay.getState().kept.at(-1)?.step;
  const follows = step === newest && useRun.getState().status !== "playing";
  const stage = phase === null ? undefined : FIGURE_STAGE[phase];
  // The reader's own stage comes back when no phase is lit any longer.
  if (stage !== undefined) showStage(stage);
  else if (phase === null) restoreStage();
  useView.setState({ step: follows ? null : step, phase });
}

/**
 * One stride forwards or back. Beyond the newest step it trains for it, where training stands
 * still and can go on. Returns why not, or null.
 */
export function stepThrough(stride: Stride, direction: 1 | -1): string | null {
  const from = placeNow();
  if (from === null) return "There is no step to look at yet.";
  const to = walk(useDisplay.getState().kept, from, stride, direction);
  if (to !== null) {
    goTo(to);
    return null;
  }
  if (direction < 0) return "No step before this one is kept.";
  const run = useRun.getState();
  if (run.viewedRun !== null) return "The stored run ends here; Play goes on with the page's own.";
  if (run.source === "recorded") return "The recorded run ends here; Play trains from step 0.";
  const refusal = canTrain(run);
  if (refusal !== null) return refusal;
  // While training runs the next step comes by itself.
  if (run.status === "playing") return null;
  const last = run.kept.at(-1);
  const rolls = last === undefined || last.innerStep + 1 >= run.stepsPerGeneration;
  useView.setState({
    step: null,
    phase: stride === "stage" ? (rolls ? "generate" : "ratio") : null,
  });
  if (stride === "generation") stepGeneration();
  else train(1);
  return null;
}
