import { memo } from "react";
import { CartesianGrid, Line, LineChart, XAxis, YAxis } from "recharts";
import type { ArmMarker } from "../../store/arms.ts";
import type { ValueAxis } from "../../store/axis.ts";
import type { ArmLine } from "../../store/chart-lines.ts";
import type { XAxis as XUnit } from "../../store/chart-view.ts";
import { tick } from "../format.ts";
import { LinePath } from "./LinePath.tsx";
import { MARGIN } from "./geometry.ts";
import { xTickText } from "./x-text.ts";

interface ChartLinesProps {
  width: number;
  height: number;
  lines: readonly ArmLine[];
  faint: readonly ArmLine[] | null;
  markers: Readonly<Record<string, ArmMarker>>;
  /** Ticks of the x axis; the last is its end. */
  ticks: readonly number[];
  unit: XUnit;
  axis: ValueAxis;
}

const STYLE: Readonly<Record<ArmMarker, { stroke: string; strokeDasharray?: string }>> = {
  square: { stroke: "var(--arm-grpo)" },
  diamond: { stroke: "var(--arm-gspo)", strokeDasharray: "5 2" },
  triangle: { stroke: "var(--text-2)", strokeDasharray: "1.5 2.5" },
};
const TEXT = { fontSize: "var(--type-1)", fill: "var(--text-3)" };

/** Axes and the lines of the run on screen; other runs lie under, cursor and marks over them. */
export const ChartLines = memo(function ChartLines(props: ChartLinesProps) {
  const { width, height, lines, faint, markers, ticks, unit, axis } = props;
  const digits = decimalsFor((axis.top - axis.bottom) / 2);
  // What does not fit beside the axis with equal decimals is written short.
  const plain = !axis.log && digits <= 3 && Math.max(axis.top, -axis.bottom) < 1e4;
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
        tickMargin={3}
        tick={TEXT}
        allowDataOverflow
      />
      <YAxis
        scale={axis.log ? "log" : "linear"}
        domain={[axis.bottom, axis.top]}
        ticks={[...axis.ticks]}
        tickFormatter={(value: number) => (plain ? value.toFixed(digits) : tick(value))}
        width={MARGIN.left}
        axisLine={false}
        tickLine={false}
        tickSize={0}
        tickMargin={3}
        interval={0}
        tick={TEXT}
        allowDataOverflow
      />
      {(faint ?? []).map(({ arm, thin }) => (
        <Line
          key={`faint ${arm}`}
          data={[...thin]}
          dataKey="y"
          {...STYLE[markers[arm] ?? "square"]}
          strokeWidth={1}
          strokeOpacity={0.45}
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
          {...STYLE[markers[arm] ?? "square"]}
          strokeWidth={1.6}
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

/** Decimals that tell ticks apart. */
const decimalsFor = (gap: number): number =>
  Number.isInteger(gap) ? 0 : Math.max(1, 2 - Math.ceil(Math.log10(gap)));
