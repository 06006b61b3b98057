import { memo } from "react";
import type { ArmLine } from "../../store/charts/chart-lines.ts";
import type { ChartLinesProps } from "./ChartLines.tsx";
import { MARGIN, xToPixel, yToPixel } from "./geometry.ts";
import {
  FAINT_WIDTH,
  lineStyle,
  LINE_WIDTH,
  TICK_GAP,
  TICK_TEXT,
  tickWriter,
  X_TICK,
} from "./line-style.ts";
import { pathOf } from "./line-path.ts";
import { xTickText } from "./x-text.ts";

/**
 * What `ChartLines` draws, to the pixel, while recharts has not been fetched: nothing of it moves
 * before training does.
 */
export const ChartSketch = memo(function ChartSketch(props: ChartLinesProps) {
  const { width, height, lines, faint, markers, ticks, unit, axis } = props;
  const end = ticks.at(-1) ?? 1;
  const written = tickWriter(axis);
  const [left, right, base] = [MARGIN.left, width - MARGIN.right, height - MARGIN.bottom];
  const path = ({ thin }: ArmLine): string =>
    pathOf(
      thin.map(({ x, y }) => {
        const place = y === undefined ? Number.NaN : yToPixel(y, axis, height);
        return { x: xToPixel(x, end, width), y: Number.isNaN(place) ? null : place };
      }),
    );
  const line = (each: ArmLine, key: string, style: object) => (
    <path
      key={key}
      d={path(each)}
      fill="none"
      strokeLinejoin="round"
      strokeLinecap="round"
      {...lineStyle(markers[each.arm])}
      {...style}
    />
  );
  return (
    <svg width={width} height={height} aria-hidden="true">
      {axis.ticks.map((value) => {
        const y = yToPixel(value, axis, height);
        return (
          <g key={value}>
            <line x1={left} x2={right} y1={y} y2={y} stroke="var(--line-1)" />
            <text x={left - TICK_GAP} y={y} dy="0.355em" textAnchor="end" style={TICK_TEXT}>
              {written(value)}
            </text>
          </g>
        );
      })}
      <line x1={left} x2={right} y1={base} y2={base} stroke="var(--line-2)" />
      {ticks.map((x) => (
        <text
          key={x}
          x={xToPixel(x, end, width)}
          y={base + X_TICK + TICK_GAP}
          dy="0.71em"
          textAnchor="middle"
          style={TICK_TEXT}
        >
          {xTickText(x, unit)}
        </text>
      ))}
      {(faint?.lines ?? []).map((each) =>
        line(each, `faint ${each.arm}`, {
          strokeWidth: FAINT_WIDTH,
          strokeOpacity: faint?.opacity,
        }),
      )}
      {lines.map((each) => line(each, each.arm, { strokeWidth: LINE_WIDTH }))}
    </svg>
  );
});
