import { memo } from "react";
import type { LayerChoice, RoutedRecord } from "../../analysis/flips.ts";
import { rowFlips } from "../../analysis/routes.ts";
import { RowBand } from "../figure/FigureMargins.tsx";
import type { FigureLayout } from "../figure/layout.ts";

interface ExpertsMarginProps {
  record: RoutedRecord;
  rows: readonly number[];
  layout: FigureLayout;
  layer: LayerChoice;
  pinnedRow: number | null;
}

/** Beside each row: of how many of its (token, layer) the experts are others. */
export const ExpertsMargin = memo(function ExpertsMargin(props: ExpertsMarginProps) {
  const { record, rows, layout, layer, pinnedRow } = props;
  const { right4: width, head, row: height, factor: F } = layout;
  const x = Math.min(width - 4 * F, 64 * F);
  const marked = pinnedRow !== null && rows.includes(pinnedRow) ? pinnedRow : null;
  return (
    <svg
      className="twin-margin"
      width={width}
      height={head + rows.length * height + 4}
      aria-hidden="true"
    >
      <RowBand rows={rows} layout={layout} pinnedRow={marked} width={width} />
      <text className="twin-axis twin-end" x={x} y={head - 7 * F}>
        flipped
      </text>
      {rows.map((row, line) => {
        const { flipped, of } = rowFlips(record, row, layer);
        return (
          <text
            key={line}
            className={`twin-number twin-end ${flipped > 0 ? "twin-strong" : "twin-quiet"}`}
            x={x}
            y={head + (line + 0.5) * height + 4.3 * F}
          >
            {flipped}/{of}
          </text>
        );
      })}
    </svg>
  );
});
