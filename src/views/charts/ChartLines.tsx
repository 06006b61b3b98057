import { memo } from "react";
import { CartesianGrid, Line, LineChart, XAxis, YAxis } from "recharts";
import type { ArmMarker } from "../../store/arms.ts";
import type { SeriesPoint } from "../../store/series.ts";
import { LinePath } from "./LinePath.tsx";
import { MARGIN } from "./geometry.ts";

interface ChartLinesProps {
  width: number;
  height: number;
  points: readonly SeriesPoint[];
  faint: readonly SeriesPoint[] | null;
  markers: Readonly<Record<string, ArmMarker>>;
  ticks: readonly number[];
  bottom: number;
  top: number;
}

const STYLE: Readonly<Record<ArmMarker, { stroke: string; strokeDasharray?: string }>> = {
  square: { stroke: "var(--arm-grpo)" },
  diamond: { stroke: "var(--arm-gspo)", strokeDasharray: "5 2" },
  triangle: { stroke: "var(--text-2)", strokeDasharray: "1.5 2.5" },
};
const TEXT = { fontSize: "var(--type-1)", fill: "var(--text-3)" };

/** Axes and lines; the cursor and the marks lie over them. */
export const ChartLines = memo(function ChartLines(props: ChartLinesProps) {
  const { width, height, points, faint, markers, ticks, bottom, top } = props;
  const middle = bottom < 0 ? 0 : top / 2;
  const digits = decimalsFor((top - bottom) / 2);
  return (
    <LineChart
      width={width}
      height={height}
      data={[...points]}
      margin={{ top: MARGIN.top, right: MARGIN.right, bottom: 0, left: 0 }}
      accessibilityLayer={false}
    >
      <CartesianGrid vertical={false} stroke="var(--line-1)" />
      <XAxis
        type="number"
        dataKey="step"
        domain={[0, ticks.at(-1) ?? 1]}
        ticks={[...ticks]}
        tickFormatter={(step: number) => (step === 0 ? "step 0" : String(step))}
        interval={0}
        height={MARGIN.bottom}
        axisLine={{ stroke: "var(--line-2)" }}
        tickLine={false}
        tickMargin={3}
        tick={TEXT}
        allowDataOverflow
      />
      <YAxis
        domain={[bottom, top]}
        ticks={[bottom, middle, top]}
        tickFormatter={(value: number) => value.toFixed(digits)}
        width={MARGIN.left}
        axisLine={false}
        tickLine={false}
        tickMargin={2}
        interval={0}
        tick={TEXT}
        allowDataOverflow
      />
      {faint === null
        ? null
        : Object.entries(markers).map(([arm, marker]) => (
            <Line
              key={`faint ${arm}`}
              data={[...faint]}
              dataKey={arm}
              {...STYLE[marker]}
              strokeWidth={1}
              strokeOpacity={0.45}
              shape={LinePath}
              dot={false}
              activeDot={false}
              isAnimationActive={false}
              type="linear"
            />
          ))}
      {Object.entries(markers).map(([arm, marker]) => (
        <Line
          key={arm}
          dataKey={arm}
          {...STYLE[marker]}
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
  Number.isInteger(gap) ? 0 : Math.min(4, Math.max(1, 2 - Math.ceil(Math.log10(gap))));
