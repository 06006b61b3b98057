import type { FigureNumber } from "./cells.ts";
import { type figureLayout, GAP } from "./layout.ts";

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
  const caption = 22 * layout.factor;
  const block = caption + layout.head + rows.length * layout.row + 12;
  const left =
    layout.left +
    (pointed === 4 && !layout.stacked ? layout.view + layout.right3 + GAP : 0) +
    at.token * layout.cell -
    scrolled;
  const flip = left + layout.cell + TIP_WIDTH > width && left > TIP_WIDTH;
  return {
    x: flip ? left - 6 : left + layout.cell + 6,
    y:
      (pointed === 4 && layout.stacked ? block : 0) +
      caption +
      layout.head +
      (line + 1) * layout.row +
      4,
    flip,
  };
}
