import { memo, type ReactNode } from "react";
import type { StepRecord } from "../../record/record.ts";
import * as format from "../../analysis/format.ts";
import { covers } from "../../store/lesson/asked.ts";
import type { CellsView } from "./cells.ts";
import type { Stage } from "../../analysis/stage.ts";
import { ratioAt } from "../../analysis/clip-rule.ts";
import { GAP, type FigureLayout, rowsHeight, rowTop } from "./layout.ts";
import { clippedTokens, maskedLength } from "../../analysis/rows.ts";
import { isCutOff } from "./marks.ts";
import { rowName } from "../../analysis/selection.ts";

interface MarginProps {
  record: StepRecord;
  rows: readonly number[];
  layout: FigureLayout;
  pinnedRow: number | null;
}

const middle = (layout: FigureLayout, line: number) =>
  rowTop(layout, line) + layout.row / 2 + 4.3 * layout.factor;

const svgHeight = (layout: FigureLayout, rows: readonly number[]) =>
  rowsHeight(layout, rows.length);

/** The colour of a number as it is shown: what rounds to 0.00 has none. */
function pushOf(value: number): string {
  const shown = Number(value.toFixed(2));
  return shown > 0 ? "twin-up" : shown < 0 ? "twin-down" : "twin-quiet";
}

/** The band that marks the pinned row; it runs through both figures and all margins. */
export function RowBand({
  rows,
  layout,
  pinnedRow,
  width,
}: Omit<MarginProps, "record"> & { width: number }) {
  const line = pinnedRow === null ? -1 : rows.indexOf(pinnedRow);
  if (line < 0) return null;
  return (
    <rect
      className="twin-band"
      x={0}
      y={rowTop(layout, line) - 0.5}
      width={width}
      height={layout.row}
    />
  );
}

/** Row, reward, advantage and length: said once, true for both figures. */
export const LeftMargin = memo(function LeftMargin({
  record,
  rows,
  layout,
  pinnedRow,
  edited,
}: MarginProps & { edited: ReadonlySet<number> }) {
  const F = layout.factor;
  const { left } = layout;
  const end = left - 10 * F;
  const rowX = (layout.showReward ? 22 : 18) * F;
  const lengthX = layout.showLength ? end : 0;
  const advantageX = layout.showLength ? (layout.showReward ? 148 : 70) * F : end;
  const barX = 90 * F;
  const largest = Math.max(1e-9, ...rows.map((row) => Math.abs(record.advantage[row]!)));
  const y = layout.head - 7 * F;
  return (
    <svg className="twin-margin" width={left} height={svgHeight(layout, rows)} aria-hidden="true">
      <RowBand rows={rows} layout={layout} pinnedRow={pinnedRow} width={left} />
      <text className="twin-axis twin-end" x={rowX} y={y}>
        row
      </text>
      {layout.showReward && (
        <text className="twin-axis twin-end" x={66 * F} y={y}>
          reward
          {record.rewardNames.length === 0 && <title>{format.NO_REWARDS}</title>}
        </text>
      )}
      <text className="twin-axis twin-end" x={advantageX} y={y}>
        {layout.showReward ? "advantage " : ""}
        <tspan className="twin-symbol">A</tspan>
      </text>
      {layout.showLength && (
        <text className="twin-axis twin-end" x={lengthX} y={y}>
          len
        </text>
      )}
      {rows.map((row, line) => {
        const A = record.advantage[row]!;
        const at = middle(layout, line);
        const bar = (Math.abs(A) / largest) * 15 * F;
        const push = pushOf(A);
        return (
          <g key={line} className={row === pinnedRow ? "twin-strong" : undefined}>
            <text className="twin-number twin-quiet twin-end" x={rowX} y={at}>
              {rowName(row)}
            </text>
            {layout.showReward && (
              <>
                <text className="twin-number twin-end" x={66 * F} y={at}>
                  {format.reward(record.reward[row]!)}
                </text>
                {edited.has(row) && (
                  <circle className="twin-edited" cx={70.5 * F} cy={at - 4 * F} r={3} />
                )}
                <path
                  className="twin-zero"
                  d={`M${barX} ${at - layout.row / 2}v${layout.row - 10}`}
                />
                <rect
                  className={A >= 0 ? "twin-bar-up" : "twin-bar-down"}
                  x={A >= 0 ? barX : barX - bar}
                  y={at - 8.3 * F}
                  width={bar}
                  height={8 * F}
                />
              </>
            )}
            <text className={`twin-number twin-end ${push}`} x={advantageX} y={at}>
              {format.advantage(A)}
            </text>
            {layout.showLength && (
              <text
                className={`twin-number twin-end${isCutOff(record, row) ? " twin-warn" : ""}`}
                x={lengthX}
                y={at}
              >
                {record.length[row]}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
});

const S_TIMES_A = (
  <>
    <tspan className="twin-symbol">s</tspan> × <tspan className="twin-symbol">A</tspan>
  </>
);
/** What a row of Figure 4 puts on each of its tokens, as far as the stage has come. */
const PRODUCT_HEADS: Readonly<Record<Stage, ReactNode>> = {
  1: S_TIMES_A,
  2: S_TIMES_A,
  // Before the clip the product is what it says, for a row that will be clipped as well.
  3: S_TIMES_A,
  4: "after clip",
  5: "grad. %",
};

function productOf({ record, rows, stage, values }: CellsView, line: number): number {
  const row = rows[line]!;
  // Each of its tokens has the same.
  if (stage === 5) return 100 * values.sequence[line]! * maskedLength(record, row);
  return stage === 4
    ? record.sequenceCoefficient[row]!
    : record.sequenceRatio[row]! * record.advantage[row]!;
}

/** Figure 3: how many tokens clipping cuts off. Figure 4: the row's one ratio, and the same. */
export const RightMargin = memo(function RightMargin({
  record,
  rows,
  layout,
  pinnedRow,
  view,
}: MarginProps & { view: CellsView }) {
  const { figure, asked, stage } = view;
  const F = layout.factor;
  const width = figure === 3 ? layout.right3 : layout.right4;
  const compact = !layout.showLength;
  // In the narrowest layout Figure 4 has room for one number: the count stands under s, or not at all.
  const under = figure === 4 && compact ? 8 * F : 0;
  const counts = under === 0 || layout.row >= 34 * F;
  const up = counts ? -under : 0;
  const covered = covers(asked);
  const hidesRatio = covered && asked?.hidesRatio === true;
  const { ratioX } = layout;
  const productX = ratioX + 50 * F;
  const y = layout.head - 7 * F;
  return (
    <svg className="twin-margin" width={width} height={svgHeight(layout, rows)} aria-hidden="true">
      <RowBand rows={rows} layout={layout} pinnedRow={pinnedRow} width={width} />
      {(figure === 4) !== layout.interleaved && (
        <text className="twin-axis twin-end" x={ratioX} y={y}>
          <tspan className="twin-symbol">s</tspan>
          {compact && counts && ", clip"}
        </text>
      )}
      {figure === 4 && layout.showProducts && !hidesRatio && (
        <text className="twin-axis twin-end" x={productX} y={y}>
          {PRODUCT_HEADS[stage]}
        </text>
      )}
      {under === 0 && !layout.interleaved && (
        <text className="twin-axis twin-end" x={width - 4 * F} y={y}>
          clip
        </text>
      )}
      {rows.map((row, line) => {
        const at = middle(layout, line);
        const length = maskedLength(record, row);
        const rowClipped = record.sequenceClipped[row] === 1;
        const count = figure === 3 ? clippedTokens(record, row) : rowClipped ? length : 0;
        const value = productOf(view, line);
        return (
          <g key={line} className={row === pinnedRow ? "twin-strong" : undefined}>
            {figure === 4 && (
              <text
                className={`twin-number twin-end${compact && rowClipped && !covered ? " twin-strong" : ""}`}
                x={ratioX}
                y={at + up}
              >
                {hidesRatio ? "?" : ratioAt(record, "sequence", record.sequenceRatio[row]!)}
              </text>
            )}
            {figure === 4 && layout.showProducts && !hidesRatio && (
              <text className={`twin-number twin-end ${pushOf(value)}`} x={productX} y={at}>
                {stage === 5 ? format.signed(value, 1) : format.coefficient(value)}
              </text>
            )}
            {counts && (
              <text
                className={`twin-number twin-end ${count > 0 && !covered ? "twin-strong" : "twin-quiet"}`}
                x={under > 0 ? ratioX : width - 4 * F}
                y={at + under}
              >
                {covered ? "?" : count}/{length}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
});

/** Between the figures when they are side by side: only the pinned row's band passes. */
export const GapMargin = memo(function GapMargin({
  rows,
  layout,
  pinnedRow,
}: Omit<MarginProps, "record">) {
  return (
    <svg className="twin-margin" width={GAP} height={svgHeight(layout, rows)} aria-hidden="true">
      <RowBand rows={rows} layout={layout} pinnedRow={pinnedRow} width={GAP} />
    </svg>
  );
});
