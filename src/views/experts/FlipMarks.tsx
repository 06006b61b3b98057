import { memo } from "react";
import { flips } from "../../analysis/flips.ts";
import type { CellsView } from "../figure/cells.ts";
import type { FigureLayout } from "../figure/layout.ts";
import { flipPath } from "../figure/marks.ts";

interface FlipMarksProps {
  view: Pick<CellsView, "record" | "rows" | "columns">;
  layout: FigureLayout;
}

/** On each cell of Figure 3 and 4 whose token goes through other experts than in the rollout. */
export const FlipMarks = memo(function FlipMarks({ view, layout }: FlipMarksProps) {
  const { record, rows, columns } = view;
  const { cell, row: height, head, factor } = layout;
  const size = Math.min(7 * factor, cell / 2);
  // Under the corner of what is off the scale, beside the token, above its number.
  const below = Math.min(7 * factor, height / 3);
  const marks = rows.flatMap((row, line) =>
    Array.from({ length: Math.min(record.length[row]!, columns) }, (_, token) =>
      flips(record, row * record.columns + token) > 0
        ? flipPath((token + 1) * cell - size - 3, head + line * height + below, size)
        : "",
    ),
  );
  return <path className="flip-mark" aria-hidden="true" d={marks.join("")} />;
});
