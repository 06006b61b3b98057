import { memo } from "react";
import type { CellsView } from "../figure/cells.ts";
import type { FigureLayout } from "../figure/layout.ts";
import { flipMarks } from "../figure/marks.ts";

interface FlipMarksProps {
  view: Pick<CellsView, "record" | "rows" | "columns">;
  layout: FigureLayout;
}

/** On each cell of Figure 3 and 4 whose token goes through other experts than in the rollout. */
export const FlipMarks = memo(function FlipMarks({ view, layout }: FlipMarksProps) {
  return <path className="flip-mark" aria-hidden="true" d={flipMarks(view, layout)} />;
});
