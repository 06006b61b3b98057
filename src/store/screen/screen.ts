import { createContext, useContext } from "react";
import type { RunConfig } from "../../config/types.ts";
import type { StepRecord } from "../../record/record.ts";
import { chosenArm } from "../run/arms.ts";
import { useDisplay } from "./display.ts";
import { nearestRetained, type RetainedStep } from "../../record/retained-records.ts";
import type { RunState } from "../run/run.ts";
import { useRun } from "../run/run-store.ts";
import { useView } from "../view/view.ts";

/**
 * Which step of which run is on screen. Slider, readout, sentence, figures, distributions, equation
 * and tables all take it from here and from nowhere else, so that no two of them tell of different
 * steps: ScreenProvider gives them the next one in one commit.
 */
export interface Screen {
  /** The step that the figures show; 0 before there is one. */
  step: number;
  /** The reader went to the step; otherwise the newest one is followed. */
  pinned: boolean;
  /** The steps that can be gone to, oldest first; while training runs, a little behind the run's. */
  kept: readonly RetainedStep[];
  /** What that step left in the chosen arm; null before there is any, and where it is texts alone. */
  record: StepRecord | null;
  /** The record that completions are listed from: `record`, or one of texts alone. */
  texts: StepRecord | null;
  /** Name of the chosen arm; null before there is a run. */
  arm: string | null;
  /** The run that the steps belong to. */
  run: RunConfig | null;
  source: RunState["source"];
  /** A stored run is looked at in place of the page's own. */
  stored: boolean;
  stepsPerGeneration: number;
}

const NOTHING: Screen = {
  step: 0,
  pinned: false,
  kept: [],
  record: null,
  texts: null,
  arm: null,
  run: null,
  source: "none",
  stored: false,
  stepsPerGeneration: 1,
};

/** The run that history and records on screen belong to. */
export const shownRun = ({
  source,
  run,
  recordedRun,
}: Pick<RunState, "source" | "run" | "recordedRun">): RunConfig | null =>
  source === "recorded" ? recordedRun : run;

/** The record of the step and arm that the reader looks at. */
export function shownRecord(
  kept: readonly RetainedStep[],
  step: number | null,
  arm: string | null,
): StepRecord | null {
  const records = nearestRetained(kept, step)?.records ?? {};
  return (arm === null ? undefined : records[arm]) ?? Object.values(records)[0] ?? null;
}

/** What the stores say now; `before` itself where nothing of it has changed. */
export function readScreen(before: Screen = NOTHING): Screen {
  const state = useRun.getState();
  const view = useView.getState();
  const { kept } = useDisplay.getState();
  const run = shownRun(state);
  const arm = run === null ? null : (chosenArm(run, view.arm)?.name ?? null);
  const texts = shownRecord(kept, view.step, arm);
  const now: Screen = {
    step: nearestRetained(kept, view.step)?.step ?? 0,
    pinned: view.step !== null,
    kept,
    record: texts?.textOnly ? null : texts,
    texts,
    arm,
    run,
    source: state.source,
    stored: state.viewedRun !== null,
    stepsPerGeneration: state.stepsPerGeneration,
  };
  const names = Object.keys(now) as (keyof Screen)[];
  return names.every((name) => now[name] === before[name]) ? before : now;
}

/** ScreenProvider fills it. */
export const ScreenContext = createContext<Screen>(NOTHING);

export const useScreen = (): Screen => useContext(ScreenContext);
