import { cellLook, type CellLook, type CellsView } from "./cells.ts";
import { type FigureLayout, rowTop } from "./layout.ts";
import { skyOf } from "./marks.ts";
import { besideRoof, roofPath, skyline, tower } from "./skyline.ts";

interface RowProps {
  view: CellsView;
  layout: FigureLayout;
  line: number;
}

const skylineOf = ({ view, layout }: RowProps) => skyline(layout.row - 1, view.reach!);
const topOf = ({ layout, line }: RowProps) => rowTop(layout, line);

/** What stands behind a row's towers: its ground, and the part of the sky that clipping closes. */
export function RowSky(props: RowProps & { length: number; hatch: string }) {
  const { view, layout, line, length, hatch } = props;
  const sky = skylineOf(props);
  const y = topOf(props);
  const width = length * layout.cell - 1;
  const closed = skyOf(view, layout, line);
  return (
    <g aria-hidden="true">
      <rect className="twin-ground" x={0} y={y} width={width} height={layout.row - 1} />
      {closed !== null && (
        <>
          <rect
            className="twin-sky"
            x={0}
            y={y + closed.y}
            width={width}
            height={closed.height}
            fill={`url(#${hatch}-clip)`}
          />
          <path className="twin-sky-limit" d={`M0 ${y + closed.limit}h${width}`} />
        </>
      )}
      <path className="twin-ground-line" d={`M0 ${y + sky.ground}h${width}`} />
    </g>
  );
}

/** One token's log-ratio, by its height. */
export function Tower(props: RowProps & { token: number; className: string }) {
  const { view, layout, line, token } = props;
  const look = cellLook(view, line, token);
  if (look.kind === "masked" || look.kind === "padding") return null;
  const index = view.rows[line]! * view.record.columns + token;
  const { y, height } = tower(skylineOf(props), view.record.logRatio[index]!);
  return (
    <rect
      aria-hidden="true"
      className={`${props.className} twin-tower`}
      x={token * layout.cell + 1}
      y={topOf(props) + y}
      width={Math.max(1, layout.cell - 3)}
      height={height}
      fill={look.fill}
    />
  );
}

/** Under the tokens of a row: its one ratio, as high as the mean of its towers; a mark where each of them ended. */
export function RoofGround(props: RowProps & { length: number; look: CellLook }) {
  const { view, layout, line, length, look } = props;
  const { record } = view;
  const row = view.rows[line]!;
  const sky = skylineOf(props);
  const top = topOf(props);
  const logRatio = Math.log(record.sequenceRatio[row]!);
  const { y, height } = tower(sky, logRatio);
  const own = Array.from({ length }, (_, token) => row * record.columns + token)
    .filter((index) => record.mask[index] === 1)
    .map((index) => {
      // Right of the token, which it would strike.
      const x = (index - row * record.columns) * layout.cell + layout.cell * 0.68;
      return `M${x} ${top + sky.ground - sky.rise(record.logRatio[index]!)}h${layout.cell * 0.26}`;
    });
  return (
    <g className="twin-bar" aria-hidden="true">
      <rect
        className="twin-tower"
        x={0}
        y={top + y}
        width={length * layout.cell - 1}
        height={height}
        fill={look.fill}
      />
      <path className="twin-roof-own" d={own.join("")} />
    </g>
  );
}

/** Beside the tokens of a row: its one ratio. Their halo would thin it, so that it lies over them. */
export function RoofLine(props: RowProps & { length: number }) {
  const { view, layout, line, length } = props;
  const sky = skylineOf(props);
  const up = sky.rise(Math.log(view.record.sequenceRatio[view.rows[line]!]!));
  const y = sky.ground - up;
  const baseline = tokenBaseline(props, restingBaseline(layout));
  // In a row too low for both the line leaves out what it would strike.
  const struck = layout.showTokens && y < baseline + 1 && y > baseline - CAP * layout.factor - 1;
  return (
    <path
      className="twin-bar twin-roof-line"
      aria-hidden="true"
      d={roofPath(topOf(props) + y, layout.cell, length, struck ? layout.factor : null)}
    />
  );
}

/** Height of a digit at 13 px. */
const CAP = 9.5;

/** Where a token stands that nothing moves: as high in both figures, where Figure 3 has numbers under it. */
export const restingBaseline = ({ row, factor, showValues }: FigureLayout): number =>
  showValues ? row * 0.44 : row / 2 + 4.4 * factor;

/** The baseline of a row's tokens in a row with a roof, from the row's top. */
export function tokenBaseline(props: RowProps, wanted: number): number {
  const { view, layout, line } = props;
  const logRatio = Math.log(view.record.sequenceRatio[view.rows[line]!]!);
  return besideRoof(skylineOf(props), logRatio, wanted, CAP * layout.factor);
}
