import type { LearntSoFar } from "../../analysis/slide-sentence.ts";
import { frameOf, type Slide, type SlideFrame, SLIDES } from "../../analysis/slides.ts";
import type { GroupChoice } from "../../analysis/rows.ts";
import { nearestRetained } from "../../record/retained-records.ts";
import { useRun } from "../run/run-store.ts";
import { useSlide } from "../view/slides.ts";
import { useView, type ViewState } from "../view/view.ts";
import { useDisplay } from "./display.ts";
import { shownRecord } from "./screen.ts";
import { goTo } from "./step-through.ts";
import { closeWhatIf } from "./what-if.ts";

/** What the reader looked at before the first slide. */
let before: Pick<ViewState, "step" | "stage" | "group"> | null = null;

/** The slide after or before the one on the page; beyond either end there is none. */
export function slideBeside(slide: Slide | null, by: 1 | -1): Slide | null {
  const from = slide === null ? (by > 0 ? -1 : SLIDES.length) : SLIDES.indexOf(slide);
  return SLIDES[from + by] ?? null;
}

/**
 * To the next slide or the one before: the page goes to its inner step of the rollout on screen, its
 * stage and its rows. Beyond either end it is as it was before the first.
 */
export function walkSlides(by: 1 | -1): void {
  const slide = slideBeside(useSlide.getState().slide, by);
  if (slide === null) return putBack();
  const { step, stage, group } = useView.getState();
  before ??= { step, stage, group };
  closeWhatIf();
  const frame = slideFrame(slide);
  if (frame !== null) {
    useView.setState({ stage: slide.stage, group: frame.group, compare: "side", hover: null });
    goTo({ step: frame.record.step, phase: null });
  }
  useSlide.setState({ slide, row: frame?.row ?? null });
}

/** Where a slide would stand in the rollout on screen; null before there is a record. */
export function slideFrame(slide: Slide): SlideFrame | null {
  const { step, arm, group } = useView.getState();
  const { kept } = useDisplay.getState();
  const shown = shownRecord(kept, step, arm);
  const rollout = nearestRetained(kept, step)?.generation;
  if (shown === null || shown.textOnly) return null;
  const records = kept
    .filter(({ generation }) => generation === rollout)
    .flatMap(({ records: of }) => of[shown.arm] ?? []);
  const chosen: GroupChoice = before?.group ?? group;
  return frameOf(slide, records, chosen);
}

/** Mean rewards are over so many steps at either end of a run, or half of a short one. */
const OVER = 8;

/** What every arm's reward was at first and is now. */
export function learnt(): LearntSoFar {
  const { history } = useRun.getState();
  const over = Math.max(1, Math.min(OVER, Math.floor(history.length / 2)));
  const rewards = (arm: string): number[] =>
    history.map(({ metrics }) => metrics[arm]?.reward ?? NaN).filter(Number.isFinite);
  const arms = Object.keys(history.at(-1)?.metrics ?? {}).flatMap((arm) => {
    const all = rewards(arm);
    if (all.length === 0) return [];
    return { arm, first: mean(all.slice(0, over)), last: mean(all.slice(-over)) };
  });
  return { steps: history.at(-1)?.step ?? 0, over, arms };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function putBack(): void {
  useSlide.setState({ slide: null, row: null });
  if (before !== null) useView.setState(before);
  before = null;
}

// Slides are the presenter's: they end with presenting.
useView.subscribe(({ present }, { present: presented }) => {
  if (presented && !present && useSlide.getState().slide !== null) putBack();
});
