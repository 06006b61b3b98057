import { memo } from "react";
import { cellLabel, type CellLook, cellLook, type CellsView, stageNumber } from "./cells.ts";
import { type FigureLayout, rowTop } from "./layout.ts";
import { hasRoof, isBeyond, isNotched, isPadded, printsValues } from "./marks.ts";
import {
  RowSky,
  RoofGround,
  restingBaseline,
  RoofLine,
  tokenBaseline,
  Tower,
} from "./SkylineCells.tsx";
import { useMerging } from "./use-merging.ts";
import { rowName, type Selection } from "../../analysis/selection.ts";
import "./figure-cells.css";

export interface FigureCellsProps {
  view: CellsView;
  layout: FigureLayout;
  /** The one cell that Tab reaches. */
  active: Selection;
  /** Id of the hatch patterns. */
  hatch: string;
}

/** The cells of one figure, a row of grid cells per completion. */
export const FigureCells = memo(function FigureCells(props: FigureCellsProps) {
  const { figure, values } = props.view;
  const merging = useMerging(figure === 4 && values.merged);
  return props.view.rows.map((row, line) => (
    <FigureRow
      key={row}
      view={props.view}
      layout={props.layout}
      hatch={props.hatch}
      line={line}
      merging={merging}
      activeToken={props.active.row === row ? props.active.token : -1}
    />
  ));
});

interface FigureRowProps extends Omit<FigureCellsProps, "active"> {
  line: number;
  /** The bars are on their way: what they merge is still under them. */
  merging: boolean;
  activeToken: number;
}

const FigureRow = memo(function FigureRow({
  view,
  layout,
  line,
  hatch,
  merging,
  activeToken,
}: FigureRowProps) {
  const { record, figure, columns } = view;
  const { cell, row: height } = layout;
  const row = view.rows[line]!;
  const length = Math.min(record.length[row]!, columns);
  const y = rowTop(layout, line);
  // Figure 4 draws one bar over the whole row as soon as the ratios have merged.
  const bar = figure === 4;
  const barLook = bar && length > 0 ? cellLook(view, line, firstCounting(view, row, length)) : null;
  const merged = bar && view.values.merged;
  return (
    <g role="row" aria-label={`row ${rowName(row)}`}>
      {view.reach !== null && (
        <RowSky view={view} layout={layout} line={line} length={length} hatch={hatch} />
      )}
      {bar && (!merged || merging) && (
        <Fills view={view} layout={layout} line={line} length={length} merging={merging} />
      )}
      {barLook && hasRoof(view) && (
        <RoofGround view={view} layout={layout} line={line} length={length} look={barLook} />
      )}
      {barLook && view.reach === null && (
        <Bar
          look={barLook}
          y={y}
          width={length * cell}
          height={height - 1}
          hatch={hatch}
          apart={!merged}
        />
      )}
      {isPadded(view, row) && (
        <rect
          aria-hidden="true"
          x={length * cell}
          y={y}
          width={(columns - length) * cell - 1}
          height={height - 1}
          fill={`url(#${hatch}-pad)`}
        />
      )}
      {Array.from({ length }, (_, token) => (
        <Cell
          key={token}
          view={view}
          layout={layout}
          hatch={hatch}
          line={line}
          token={token}
          merged={merged}
          active={token === activeToken}
        />
      ))}
      {barLook && hasRoof(view) && (
        <RoofLine view={view} layout={layout} line={line} length={length} />
      )}
    </g>
  );
});

interface BarProps {
  look: CellLook;
  y: number;
  width: number;
  height: number;
  hatch: string;
  /** The ratios have not merged. */
  apart: boolean;
}

/** The one bar that a row of Figure 4 is. */
const Bar = ({ look, y, width, height, hatch, apart }: BarProps) => (
  <g className={apart ? "twin-bar twin-bar-apart" : "twin-bar"} aria-hidden="true">
    <rect x={0} y={y} width={width} height={height} fill={look.fill} />
    {look.kind === "clipped" && (
      <rect x={0} y={y} width={width} height={height} fill={`url(#${hatch}-clip)`} />
    )}
    <rect
      className="twin-bar-edge"
      x={0.5}
      y={y + 0.5}
      width={Math.max(0, width - 1)}
      height={height - 1}
    />
  </g>
);

/** A row's first token that is in the loss, whose look the whole bar has. */
function firstCounting(view: CellsView, row: number, length: number): number {
  const base = row * view.record.columns;
  for (let t = 0; t < length; t++) if (view.record.mask[base + t]) return t;
  return 0;
}

/** Each token's own fill under the bar of Figure 4, until the ratios have merged. */
function Fills({
  view,
  layout,
  line,
  length,
  merging,
}: Omit<FigureRowProps, "hatch" | "activeToken"> & { length: number }) {
  const apart = { ...view, values: { ...view.values, merged: false } };
  const y = rowTop(layout, line);
  const look = merging ? "twin-fill twin-fill-merging" : "twin-fill";
  if (view.reach !== null) {
    return Array.from({ length }, (_, token) => (
      <Tower key={token} view={apart} layout={layout} line={line} token={token} className={look} />
    ));
  }
  return Array.from({ length }, (_, token) => (
    <rect
      key={token}
      aria-hidden="true"
      className={look}
      x={token * layout.cell}
      y={y}
      width={layout.cell - 1}
      height={layout.row - 1}
      fill={cellLook(apart, line, token).fill}
    />
  ));
}

interface CellProps extends Omit<FigureRowProps, "activeToken" | "merging"> {
  token: number;
  merged: boolean;
  active: boolean;
}

function Cell({ view, layout, line, token, hatch, merged, active }: CellProps) {
  const { cell, row: height, factor } = layout;
  const look = cellLook(view, line, token);
  const row = view.rows[line]!;
  const x = token * cell;
  const y = rowTop(layout, line);
  const own = view.figure === 3;
  const width = own || !merged ? cell - 1 : cell;
  const printed = printsValues(view, layout) && look.kind !== "masked";
  const resting = restingBaseline({ ...layout, showValues: printed });
  const baseline = hasRoof(view)
    ? tokenBaseline({ view, layout, line }, restingBaseline(layout))
    : resting;
  const notch = Math.max(5 * factor, Math.min(9 * factor, cell * 0.22));
  const notched = isNotched(view, layout, look, token);
  const index = row * view.record.columns + token;
  const text = view.text(index);
  const quiet = view.reserved(index) === null ? "" : " twin-token-reserved";
  const ink = view.reach === null ? `twin-ink-${look.kind}` : "twin-ink-sky";
  return (
    <g
      role="gridcell"
      tabIndex={active ? 0 : -1}
      data-cell={`${row}-${token}`}
      aria-label={cellLabel(view, line, token)}
    >
      {view.reach !== null && (
        <rect className="twin-cell-area" x={x} y={y} width={width} height={height - 1} />
      )}
      {own && view.reach !== null && look.kind !== "masked" && (
        <Tower view={view} layout={layout} line={line} token={token} className="twin-fill" />
      )}
      {own && (view.reach === null || look.kind === "masked") && (
        <rect
          className="twin-fill"
          x={x}
          y={y}
          width={width}
          height={height - 1}
          fill={look.fill}
        />
      )}
      {own && look.kind === "clipped" && (
        <rect x={x} y={y} width={width} height={height - 1} fill={`url(#${hatch}-clip)`} />
      )}
      {look.kind === "masked" && (
        <rect x={x} y={y} width={width} height={height - 1} fill={`url(#${hatch}-mask)`} />
      )}
      {merged && token > 0 && cell >= 12 && (
        <path className="twin-seam" d={`M${x} ${y + 2}v${height - 5}`} stroke={look.ink} />
      )}
      {notched && (
        <path
          className={look.kind === "clipped" ? "twin-notch twin-notch-cut" : "twin-notch"}
          d={
            look.sign > 0
              ? `M${x} ${y}h${notch}l${-notch} ${notch}z`
              : `M${x} ${y + height - 1}h${notch}l${-notch} ${-notch}z`
          }
          fill={look.kind === "clipped" ? look.cut : look.ink}
        />
      )}
      {isBeyond(view, look) && (
        <path
          className="twin-beyond"
          d={`M${x + width} ${y}v${6 * factor}l${-6 * factor} ${-6 * factor}z`}
          // Of a tower the corner is sky, whatever the tower's own colour.
          fill={view.reach === null ? look.ink : "var(--text-1)"}
        />
      )}
      {layout.showTokens && (
        <text
          className={`twin-token${quiet} ${ink}`}
          x={x + width / 2}
          y={y + baseline}
          fill={look.ink}
        >
          {shorten(text, cell / factor)}
        </text>
      )}
      {printed && (
        <text
          className={`twin-value ${ink}`}
          x={x + width / 2}
          y={y + height * 0.84}
          fill={look.ink}
        >
          {stageNumber(view, look.value)}
        </text>
      )}
    </g>
  );
}

/** Monospaced type at 13 px is 7.8 px wide: what does not fit ends in an ellipsis. */
function shorten(text: string, width: number): string {
  const fits = Math.max(1, Math.floor((width - 1) / 7.8));
  return text.length <= fits ? text : fits === 1 ? text.slice(0, 1) : `${text.slice(0, fits - 1)}…`;
}
