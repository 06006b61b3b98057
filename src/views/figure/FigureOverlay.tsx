import { memo } from "react";
import { useView } from "../../store/view/view.ts";
import { type FigureLayout, rowsHeight, rowTop } from "./layout.ts";
import type { Selection } from "../../analysis/selection.ts";
import "./figure-overlay.css";

interface FigureOverlayProps {
  rows: readonly number[];
  columns: number;
  layout: FigureLayout;
  hover: Selection | null;
  pinned: Selection | null;
  /** The cell with keyboard focus, when the focus should be seen. */
  focused: Selection | null;
  /** Cells changed by hand, as "row-token". */
  edited: ReadonlySet<string>;
}

/** Outlines over the cells: hover, the pinned cell and its column, the keyboard's focus. */
export function FigureOverlay({
  rows,
  columns,
  layout,
  hover,
  pinned,
  focused,
  edited,
}: FigureOverlayProps) {
  const { cell, row: height, head } = layout;
  const all = rowsHeight(layout, rows.length) - head - 4;
  const box = ({ row, token }: Selection) => {
    const line = rows.indexOf(row);
    return line < 0 || token >= columns ? null : { x: token * cell, y: rowTop(layout, line) };
  };
  const ring = (at: Selection | null) => {
    const place = at && box(at);
    if (!place) return null;
    return (
      <>
        <rect
          className="twin-ring-gap"
          x={place.x - 1.5}
          y={place.y - 1.5}
          width={cell + 2}
          height={height + 2}
        />
        <rect
          className="twin-ring"
          x={place.x - 3}
          y={place.y - 3}
          width={cell + 5}
          height={height + 5}
          rx={2}
        />
      </>
    );
  };
  const over = hover && box(hover);
  const held = pinned && box(pinned);
  // Read here, so that pointing at the equation draws nothing but this.
  const linked = useView((view) => view.linked);
  return (
    <g className="twin-overlay" aria-hidden="true">
      {[...edited].map((key) => {
        const [row = -1, token = -1] = key.split("-").map(Number);
        const place = box({ row, token });
        return (
          place && (
            <circle
              key={key}
              className="twin-edited"
              cx={place.x + cell - 6}
              cy={place.y + height - 7}
              r={3}
            />
          )
        );
      })}
      {linked?.rows.map((row) => {
        const place = box({ row, token: linked.token ?? 0 });
        return (
          place && (
            <rect
              key={row}
              className="twin-linked"
              x={place.x}
              y={place.y}
              width={linked.token === null ? columns * cell - 1 : cell - 1}
              height={height - 1}
            />
          )
        );
      })}
      {over && (
        <>
          <rect
            className="twin-hover-line"
            x={0.5}
            y={over.y - 0.5}
            width={columns * cell - 1}
            height={height}
          />
          <rect
            className="twin-hover-line"
            x={over.x - 0.5}
            y={head - 0.5}
            width={cell}
            height={all}
          />
          <rect
            className="twin-hover"
            x={over.x - 0.5}
            y={over.y - 0.5}
            width={cell}
            height={height}
          />
        </>
      )}
      {held && (
        <rect className="twin-column" x={held.x - 0.5} y={head - 0.5} width={cell} height={all} />
      )}
      {ring(pinned)}
      {ring(focused)}
    </g>
  );
}

interface ColumnNumbersProps {
  columns: number;
  layout: FigureLayout;
  /** Column of the pinned or hovered cell. */
  marked: number | null;
}

/** Token positions above the cells, from 1; the marked one stands over its neighbours. */
export function ColumnNumbers({ columns, layout, marked }: ColumnNumbersProps) {
  const { cell, head, factor } = layout;
  return (
    <g aria-hidden="true">
      <AllNumbers columns={columns} layout={layout} />
      {marked !== null && marked < columns && (
        <text
          className="twin-axis twin-middle twin-marked"
          x={(marked + 0.5) * cell}
          y={head - 7 * factor}
        >
          {marked + 1}
        </text>
      )}
    </g>
  );
}

/** Drawn once, not with every move of the pointer. */
const AllNumbers = memo(function AllNumbers({
  columns,
  layout,
}: Omit<ColumnNumbersProps, "marked">) {
  const { cell, head, factor, everyColumn } = layout;
  const step = everyColumn ? 1 : 5;
  return Array.from({ length: columns }, (_, token) =>
    token === 0 || (token + 1) % step === 0 ? (
      <text
        key={token}
        className="twin-axis twin-middle"
        x={(token + 0.5) * cell}
        y={head - 7 * factor}
      >
        {token + 1}
      </text>
    ) : null,
  );
});
