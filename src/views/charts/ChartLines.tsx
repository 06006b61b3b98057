import { memo } from "react";
import { CartesianGrid, Line, LineChart, XAxis, YAxis } from "recharts";
import type { ArmMarker } from "../../store/run/arms.ts";
import type { ValueAxis } from "../../store/charts/axis.ts";
import type { ArmLine } from "../../store/charts/chart-lines.ts";
import type { XAxis as XUnit } from "../../store/charts/chart-view.ts";
import type { FaintLines } from "./use-chart-lines.ts";
import { LinePath } from "./LinePath.tsx";
import { MARGIN } from "./geometry.ts";
import {
  FAINT_WIDTH,
  lineStyle,
  LINE_WIDTH,
  TICK_GAP,
  TICK_TEXT,
  tickWriter,
  X_TICK,
} from "./line-style.ts";
import { xTickText } from "./x-text.ts";

export interface ChartLinesProps {
  width: number;
  height: number;
  lines: readonly ArmLine[];
  faint: FaintLines | null;
  markers: Readonly<Record<string, ArmMarker>>;
  /** Ticks of the x axis; the last is its end. */
  ticks: readonly number[];
  unit: XUnit;
  axis: ValueAxis;
}

/** Axes and the lines of the run on screen; other runs lie under, cursor and marks over them. */
export const ChartLines = memo(function ChartLines(props: ChartLinesProps) {
  const { width, height, lines, faint, markers, ticks, unit, axis } = props;
  return (
    <LineChart
      width={width}
      height={height}
      margin={{ top: MARGIN.top, right: MARGIN.right, bottom: 0, left: 0 }}
      accessibilityLayer={false}
    >
      <CartesianGrid vertical={false} stroke="var(--line-1)" />
      <XAxis
        type="number"
        dataKey="x"
        domain={[0, ticks.at(-1) ?? 1]}
        ticks={[...ticks]}
        tickFormatter={(x: number) => xTickText(x, unit)}
        interval={0}
        height={MARGIN.bottom}
        axisLine={{ stroke: "var(--line-2)" }}
        tickLine={false}
        tickSize={X_TICK}
        tickMargin={TICK_GAP}
        tick={TICK_TEXT}
        allowDataOverflow
      />
      <YAxis
        scale={axis.log ? "log" : "linear"}
        domain={[axis.bottom, axis.top]}
        ticks={[...axis.ticks]}
        tickFormatter={tickWriter(axis)}
        width={MARGIN.left}
        axisLine={false}
        tickLine={false}
        tickSize={0}
        tickMargin={TICK_GAP}
        interval={0}
        tick={TICK_TEXT}
        allowDataOverflow
      />
      {(faint?.lines ?? []).map(({ arm, thin }) => (
        <Line
          key={`faint ${arm}`}
          data={[...thin]}
          dataKey="y"
          {...lineStyle(markers[arm])}
          strokeWidth={FAINT_WIDTH}
          strokeOpacity={faint?.opacity}
          shape={LinePath}
          dot={false}
          activeDot={false}
          isAnimationActive={false}
          type="linear"
        />
      ))}
      {lines.map(({ arm, thin }) => (
        <Line
          key={arm}
          data={[...thin]}
          dataKey="y"
          {...lineStyle(markers[arm])}
          strokeWidth={LINE_WIDTH}
          shape={LinePath}
          dot={false}
          activeDot={false}
          isAnimationActive={false}
          type="linear"
        />
      ))}
    </LineChart>
  );
});
