import type { NarrationPart } from "./narrate.ts";
import { shownRows } from "./rows.ts";
import { type Learnt, slideParts } from "./slide-parts.ts";
import type { Slide, SlideFrame } from "./slides.ts";

/** What a run has learnt by now; mean rewards are over `over` of its `steps` steps. */
export interface LearntSoFar {
  steps: number;
  over: number;
  arms: readonly Learnt[];
}

/** A slide's sentence about the rows in view, in the numbers of the record on screen. */
export const slideSentence = (
  slide: Slide,
  { record, group, row }: SlideFrame,
  learnt: LearntSoFar,
): readonly NarrationPart[] =>
  slideParts[slide.id]({ record, rows: shownRows(record, group).rows, row, ...learnt });
