import type { ComponentProps } from "react";
import type { LayerChoice, RoutedRecord } from "../../analysis/flips.ts";
import { layerIn } from "../../analysis/routes.ts";
import { Figure } from "../figure/Figure.tsx";
import { ExpertCells } from "./ExpertCells.tsx";
import { ExpertsMargin } from "./ExpertsMargin.tsx";

interface ExpertsFigureProps extends Omit<
  ComponentProps<typeof Figure>,
  "title" | "word" | "note" | "mark" | "trains" | "draw" | "margin"
> {
  record: RoutedRecord;
  layer: LayerChoice;
}

/** The experts of every token, on the rows and columns of Figure 3, in Figure 4's place. */
export function ExpertsFigure({ record, layer: chosen, ...figure }: ExpertsFigureProps) {
  const { view, layout, pinned } = figure;
  const layer = layerIn(record, chosen);
  const shared = { record, rows: view.rows, layout, layer };
  return (
    <Figure
      {...figure}
      title="Experts"
      word="experts"
      note={layer === "all" ? "layers that flipped, per token" : `of each token in layer ${layer}`}
      mark="experts"
      trains={false}
      draw={(cells) => <ExpertCells {...cells} record={record} layer={layer} />}
      margin={<ExpertsMargin {...shared} pinnedRow={pinned?.row ?? null} />}
    />
  );
}
