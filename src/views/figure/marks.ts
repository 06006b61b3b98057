import type { StepRecord } from "../../record/record.ts";
import { flips } from "../../analysis/flips.ts";
import { covers } from "../../store/lesson/asked.ts";
import { type CellLook, cellLook, type CellsView } from "./cells.ts";
import { type FigureLayout, rowTop } from "./layout.ts";
import { textless } from "../../analysis/rows.ts";
import { verdictOn } from "./mark-verdict.ts";
import { closedSky, skyline } from "./skyline.ts";

/** Above this many cells a figure is one canvas and only the active cell is an element. */
export const MOST_ELEMENTS = 1200;

/** Whether each cell is an element; a painted figure has colours, hatches and the marks of flips alone. */
export const hasElements = ({ rows, columns }: CellsView): boolean =>
  rows.length * columns <= MOST_ELEMENTS;

/** What the figures draw beside colour, in the order of their legend. */
export const MARKS = [
  "notch",
  "clip",
  "sky",
  "roof",
  "ends",
  "beyond",
  "flip",
  "padding",
  "textless",
  "unknown",
  "mask",
  "cut",
  "edited",
  "guess",
  "hit",
  "wrong",
  "missed",
  "frame",
] as const;
export type Mark = (typeof MARKS)[number];

/** At 11 px a monospaced digit is 6.6 px wide; beside its decimals a number has a sign, a digit and a point. */
const DIGIT = 6.6;

/** Whether each cell has its number: Figure 4's where the figures are set against each other by token. */
export const printsValues = (
  { figure, values, comparison }: Pick<CellsView, "figure" | "values" | "comparison">,
  { showValues, cell, factor }: Pick<FigureLayout, "showValues" | "cell" | "factor">,
): boolean =>
  comparison === undefined
    ? showValues && figure === 3
    : showValues && !values.merged && cell >= (3 + comparison.decimals) * DIGIT * factor;

/** A corner in the colour of the push, on the side of its sign; the bar of Figure 4 has one, at its first token. */
export const isNotched = (
  { reach, figure, values }: CellsView,
  { cell }: FigureLayout,
  look: CellLook,
  token: number,
): boolean =>
  reach === null &&
  look.sign !== 0 &&
  cell >= 15 &&
  (figure === 3 || !values.merged || token === 0);

/** The corner at the right of what is beyond the colour scale. */
export const isBeyond = ({ figure }: CellsView, look: CellLook): boolean =>
  figure === 3 && look.saturated;

/** Whether Figure 4 draws the row's one ratio as a roof, and where its tokens' towers ended. */
export const hasRoof = ({ figure, values, reach }: CellsView): boolean =>
  figure === 4 && values.merged && reach !== null;

/** The part of a row's sky that clipping closes; it is the answer to what is clipped. */
export const skyOf = (view: CellsView, { row }: FigureLayout, line: number) =>
  view.reach === null || covers(view.asked)
    ? null
    : closedSky(view.record, view.rows[line]!, view.figure, skyline(row - 1, view.reach));

/** The mark of a token that goes through other experts than in the rollout: two triangles, tip to tip. */
export const flipPath = (x: number, y: number, size: number): string =>
  `M${x} ${y}l${size} ${size}v${-size}l${-size} ${size}z`;

/**
 * The marks of all such tokens in columns `from` to `to`, the last one left out: under the corner of what
 * is off the scale, beside the token, above its number.
 */
export function flipMarks(
  { record, rows, columns }: Pick<CellsView, "record" | "rows" | "columns">,
  layout: FigureLayout,
  from = 0,
  to = columns,
): string {
  const { cell, row: height, factor } = layout;
  // In the narrow cells of a painted figure as large as there is room for.
  const size = Math.min(7 * factor, Math.max(cell / 2, 4), cell);
  const right = Math.min(3, (cell - size) / 2);
  const below = Math.min(7 * factor, height / 3);
  const marks = rows.flatMap((row, line) => {
    const end = Math.min(record.length[row]!, columns, to);
    return Array.from({ length: Math.max(0, end - from) }, (_, i) =>
      flips(record, row * record.columns + from + i) > 0
        ? flipPath((from + i + 1) * cell - size - right, rowTop(layout, line) + below, size)
        : "",
    );
  });
  return marks.join("");
}

/** Columns behind a row's end. */
export const isPadded = ({ record, columns }: CellsView, row: number): boolean =>
  record.length[row]! < columns;

/** A completion that was cut off at its longest; its length says so. */
export const isCutOff = (record: StepRecord, row: number): boolean => record.truncated[row] === 1;

/** Every mark that the figures draw now. */
export function marksOf(views: readonly CellsView[], layout: FigureLayout): Set<Mark> {
  const found = new Set<Mark>();
  for (const view of views) {
    const elements = hasElements(view);
    if (elements && hasRoof(view)) found.add("roof").add("ends");
    view.rows.forEach((row, line) => {
      if (isPadded(view, row)) found.add("padding");
      if (layout.showLength && isCutOff(view.record, row)) found.add("cut");
      if (elements && skyOf(view, layout, line) !== null) found.add("sky");
      const length = Math.min(view.record.length[row]!, view.columns);
      for (let token = 0; token < length; token++) {
        const look = cellLook(view, line, token);
        if (look.kind === "clipped") found.add("clip");
        if (look.kind === "masked") found.add("mask");
        const index = row * view.record.columns + token;
        const sign = layout.showTokens ? textless(view.record.tokens[index]!) : null;
        if (sign !== null) found.add(sign);
        if (!found.has("flip") && flips(view.record, index) > 0) found.add("flip");
        if (!elements) continue;
        if (isNotched(view, layout, look, token)) found.add("notch");
        if (isBeyond(view, look)) found.add("beyond");
        const verdict = verdictOn(view.asked, { row, token });
        if (verdict !== null) found.add(verdict);
      }
    });
  }
  return found;
}
