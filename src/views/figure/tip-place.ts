import type { FigureNumber } from "./cells.ts";
import { type figureLayout, GAP, rowsHeight, rowTop } from "./layout.ts";

type FigureLayout = ReturnType<typeof figureLayout>;

const TIP_WIDTH = 216;

/** The tooltip stands beside the cell, on the side that has room. */
export function tipPlace(
  layout: FigureLayout,
  rows: readonly number[],
  at: { row: number; token: number },
  pointed: FigureNumber,
  width: number,
  scrolled: number,
): { x: number; y: number; flip: boolean } {
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
