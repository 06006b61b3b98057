import { memo } from "react";
import { flips, type LayerChoice, type RoutedRecord } from "../../analysis/flips.ts";
import { tokenRoutes } from "../../analysis/routes.ts";
import { rowName, type Selection } from "../../analysis/selection.ts";
import type { CellsView } from "../figure/cells.ts";
import type { FigureLayout } from "../figure/layout.ts";
import { isPadded } from "../figure/marks.ts";
import { expertsLabel } from "./cell-words.ts";
import { ExpertMark } from "./ExpertMark.tsx";
import type { MarkGrid } from "./mark-grid.ts";

interface ExpertCellsProps {
  view: CellsView;
  record: RoutedRecord;
  layout: FigureLayout;
  layer: LayerChoice;
  grid: MarkGrid;
  /** The one cell that Tab reaches. */
  active: Selection;
  /** Id of the hatch patterns. */
  hatch: string;
}

/** The experts of each token, a row of grid cells per completion. */
export const ExpertCells = memo(function ExpertCells(props: ExpertCellsProps) {
  return props.view.rows.map((row, line) => (
    <ExpertRow
      key={row}
      {...props}
      line={line}
      activeToken={props.active.row === row ? props.active.token : -1}
    />
  ));
});

interface RowProps extends Omit<ExpertCellsProps, "active"> {
  line: number;
  activeToken: number;
}

const ExpertRow = memo(function ExpertRow(props: RowProps) {
  const { view, layout, line, activeToken } = props;
  const row = view.rows[line]!;
  const length = Math.min(view.record.length[row]!, view.columns);
  const y = layout.head + line * layout.row;
  return (
    <g role="row" aria-label={`row ${rowName(row)}`}>
      {isPadded(view, row) && (
        <rect
          aria-hidden="true"
          x={length * layout.cell}
          y={y}
          width={(view.columns - length) * layout.cell - 1}
          height={layout.row - 1}
          fill={`url(#${props.hatch}-pad)`}
        />
      )}
      {Array.from({ length }, (_, token) => (
        <ExpertCell key={token} {...props} token={token} active={token === activeToken} />
      ))}
    </g>
  );
});

function ExpertCell(props: RowProps & { token: number; active: boolean }) {
  const { view, record, layout, layer, line, token, active, hatch } = props;
  const row = view.rows[line]!;
  const index = row * record.columns + token;
  const box = {
    x: token * layout.cell,
    y: layout.head + line * layout.row,
    width: layout.cell - 1,
    height: layout.row - 1,
  };
  return (
    <g
      role="gridcell"
      tabIndex={active ? 0 : -1}
      data-cell={`${row}-${token}`}
      aria-label={expertsLabel(view, record, line, token, layer)}
    >
      <rect className="twin-ground" {...box} />
      {!record.mask[index] ? (
        <rect {...box} fill={`url(#${hatch}-mask)`} />
      ) : layer === "all" ? (
        <FlippedLayers {...props} box={box} index={index} />
      ) : (
        <Marks {...props} box={box} index={index} />
      )}
    </g>
  );
}

interface InsideProps extends Pick<RowProps, "record" | "layout" | "layer" | "grid"> {
  index: number;
  box: { x: number; y: number; width: number; height: number };
}

/** The k experts of the token in one layer; a frame where they are not the rollout's. */
function Marks({ record, layer, grid, index, box }: InsideProps) {
  return tokenRoutes(record, index, layer).map(({ now, flipped }) => (
    <g key={index} aria-hidden="true">
      {flipped && (
        <rect
          className="expert-frame"
          x={box.x + 0.75}
          y={box.y + 0.75}
          width={box.width - 1.5}
          height={box.height - 1.5}
        />
      )}
      {now.map(({ expert, alone }, i) => (
        <ExpertMark
          key={expert}
          expert={expert}
          x={box.x + grid.x + (i % grid.columns) * (grid.width + grid.apart)}
          y={box.y + grid.y + Math.floor(i / grid.columns) * (grid.height + grid.apart)}
          width={grid.width}
          height={grid.height}
          numbered={grid.numbered}
          outlined={alone}
        />
      ))}
    </g>
  ));
}

/** The share of the layers in which the token's experts are others, as a height and a number. */
function FlippedLayers({ record, layout, index, box }: InsideProps) {
  const count = flips(record, index);
  if (count === 0) return null;
  const height = (count / record.routing.layers.length) * box.height;
  return (
    <g aria-hidden="true">
      <rect
        className="expert-share"
        x={box.x}
        y={box.y + box.height - height}
        width={box.width}
        height={height}
      />
      {layout.showTokens && (
        <text
          className="expert-count"
          x={box.x + box.width / 2}
          y={box.y + box.height / 2 + 4 * layout.factor}
        >
          {count}
        </text>
      )}
    </g>
  );
}
