import { type ComponentProps, useMemo } from "react";
import type { LayerChoice, RoutedRecord } from "../../analysis/flips.ts";
import { Figure } from "../figure/Figure.tsx";
import { ExpertCells } from "./ExpertCells.tsx";
import { aspectOf, markGrid } from "./mark-grid.ts";
import { ExpertsMargin } from "./ExpertsMargin.tsx";

interface ExpertsFigureProps extends Omit<
  ComponentProps<typeof Figure>,
  "title" | "word" | "note" | "mark" | "trains" | "draw" | "margin"
> {
  record: RoutedRecord;
  layer: LayerChoice;
}

/** The experts of every token, on the rows and columns of Figure 3, in Figure 4's place. */
export function ExpertsFigure({ record, layer, ...figure }: ExpertsFigureProps) {
  const { view, layout, pinned } = figure;
  const { experts, perToken } = record.routing;
  const grid = useMemo(
    () =>
      markGrid({
        count: perToken,
        width: layout.cell - 1,
        height: layout.row - 1,
        aspect: aspectOf(experts - 1),
        factor: layout.factor,
      }),
    [experts, perToken, layout],
  );
  const hint = grid.numbered ? "" : ": point at one for its numbers";
  const shared = { record, rows: view.rows, layout, layer };
  return (
    <Figure
      {...figure}
      title="Experts"
      word="experts"
      note={
        layer === "all"
          ? "layers that flipped, per token"
          : `of each token in layer ${layer}${hint}`
      }
      mark="experts"
      trains={false}
      draw={(cells) => <ExpertCells {...cells} record={record} layer={layer} grid={grid} />}
      margin={<ExpertsMargin {...shared} pinnedRow={pinned?.row ?? null} />}
    />
  );
}
