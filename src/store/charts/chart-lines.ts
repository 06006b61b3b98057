import { linearAxis, logAxis, xTicks, type ValueAxis } from "./axis.ts";
import type { XAxis } from "./chart-view.ts";
import type { DrawnOverlay } from "./drawn.ts";
import type { HistoryPoint } from "../run/history.ts";
import { smoothed, thinned, type Line } from "./line.ts";
import { shownLines, type LineSelection } from "./lines.ts";

/** The line of one arm of the run on screen. */
export interface ArmLine {
  arm: string;
  /** Smoothed where the chart is: values at the cursor are read from it. */
  line: Line;
  /** What is drawn of it. */
  thin: Line;
}

/** The lines of the arms, each smoothed and thinned. */
export function armLines(
  history: readonly HistoryPoint[],
  selection: LineSelection,
  halfLife: number | null,
): ArmLine[] {
  return Object.entries(shownLines(history, selection)).map(([arm, logged]) => {
    const line = halfLife === null ? logged : smoothed(logged, halfLife);
    return { arm, line, thin: thinned(line) };
  });
}

/** Both axes of a chart, and what the value axis leaves out. */
export interface ChartAxes {
  value: ValueAxis;
  x: readonly number[];
  /** Largest x with a value: the cursor goes no further. */
  last: number;
  /** Points that a logarithmic axis has no place for. */
  leftOut: number;
}

/** Axes that everything drawn fits in. A chart without a value above 0 stays linear. */
export function chartAxes(
  lines: readonly Line[],
  overlays: readonly DrawnOverlay[],
  { top, log, x }: { top: number; log: boolean; x: XAxis },
): ChartAxes {
  const all = [...lines, ...overlays.map(({ thin }) => thin)];
  const values: number[] = [];
  let last = 0;
  for (const line of all) {
    for (const { y } of line) if (y !== undefined) values.push(y);
    last = Math.max(last, line.at(-1)?.x ?? 0);
  }
  for (const { band } of overlays) for (const { low, high } of band ?? []) values.push(low, high);
  const logarithmic = log ? logAxis(values) : null;
  return {
    value: logarithmic ?? linearAxis(values, top),
    x: xTicks(last, x),
    last,
    leftOut: logarithmic === null ? 0 : values.filter((value) => value <= 0).length,
  };
}
