import type { ValueAxis } from "../../store/charts/axis.ts";

/** Distances from the edges of a chart to its plot, the same in every chart, in CSS pixels. */
export const MARGIN = { left: 36, right: 14, top: 10, bottom: 18 };

/** Where a value of the x axis lies, from 0 to `end`; and which value lies under a place. */
export const xToPixel = (x: number, end: number, width: number): number =>
  MARGIN.left + (x / end) * (width - MARGIN.left - MARGIN.right);

export const pixelToX = (pixel: number, end: number, width: number): number =>
  ((pixel - MARGIN.left) / (width - MARGIN.left - MARGIN.right)) * end;

/** Where a value lies; NaN for what a logarithmic axis has no place for. */
export function yToPixel(value: number, { bottom, top, log }: ValueAxis, height: number): number {
  const share = log
    ? Math.log(value / bottom) / Math.log(top / bottom)
    : (value - bottom) / (top - bottom);
  if (!Number.isFinite(share)) return Number.NaN;
  return height - MARGIN.bottom - share * (height - MARGIN.top - MARGIN.bottom);
}
