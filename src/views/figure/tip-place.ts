import type { FigureNumber } from "./cells.ts";
import { type figureLayout, GAP, rowsHeight, rowTop } from "./layout.ts";

type FigureLayout = ReturnType<typeof figureLayout>;

const TIP_WIDTH = 216;

/** Figures so wide have a place for the tooltip below them. */
const DOCK_FROM = 700;

/** Whether the tooltip stands below the figures, in a place that is kept for it. */
export const docks = (layout: FigureLayout, width: number): boolean =>
  !layout.stacked && layout.factor === 1 && width >= DOCK_FROM;

export interface TipPlace {
  x: number;
  y: number;
  /** To the left of the cell where there is no room to its right. */
  flip: boolean;
}

/**
 * Where the tooltip stands: below the figures, over none of the cells that are compared, or, where
 * there is no width for that, beside the cell. Null: below.
 */
export function tipPlace(
  layout: FigureLayout,
  rows: readonly number[],
  at: { row: number; token: number },
  pointed: FigureNumber,
  width: number,
  scrolled: number,
): TipPlace | null {
  if (docks(layout, width)) return null;
  const line = rows.indexOf(at.row);
  const title = 22 * layout.factor;
  const below = layout.interleaved
    ? title + layout.row
    : title + rowsHeight(layout, rows.length) + 8;
  const left =
    layout.left +
    (pointed === 4 && !layout.stacked ? layout.view + layout.right3 + GAP : 0) +
    at.token * layout.cell -
    scrolled;
  const flip = left + layout.cell + TIP_WIDTH > width && left > TIP_WIDTH;
  return {
    x: flip ? left - 6 : left + layout.cell + 6,
    y:
      (pointed === 4 && layout.stacked ? below : layout.interleaved ? title : 0) +
      title +
      rowTop(layout, line) +
      layout.row +
      4,
    flip,
  };
}
