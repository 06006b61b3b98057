/** Distances from the edges of a chart to its plot, the same in every chart, in CSS pixels. */
export const MARGIN = { left: 34, right: 8, top: 10, bottom: 18 };

/** Where a step lies, and which step lies under a place. */
export const stepToX = (step: number, end: number, width: number): number =>
  MARGIN.left + (step / end) * (width - MARGIN.left - MARGIN.right);

export const xToStep = (x: number, end: number, width: number): number =>
  Math.round(((x - MARGIN.left) / (width - MARGIN.left - MARGIN.right)) * end);
