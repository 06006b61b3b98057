import { lazy, memo, Suspense, useEffect, useRef, useState } from "react";
import type { ArmMarker } from "../../store/run/arms.ts";
import type { ArmLine } from "../../store/charts/chart-lines.ts";
import { enlarge, useChartView } from "../../store/charts/chart-view.ts";
import type { DrawnOverlay } from "../../store/charts/drawn.ts";
import { firstUse } from "../../store/page/first-use.ts";
import { valueAt, type Line } from "../../store/charts/line.ts";
import { useOverlays } from "../../store/library/overlays.ts";
import { useSampledRun } from "../../store/run/sampled.ts";
import { useMarkers } from "../../store/screen/shown.ts";
import { ArmMark } from "../controls/ArmMark.tsx";
import { fixed, general } from "../../analysis/format.ts";
import { ChartCursor } from "./ChartCursor.tsx";
import { ChartHeading } from "./ChartHeading.tsx";
import { ChartSketch } from "./ChartSketch.tsx";
import { LineNames } from "./LineNames.tsx";
import type { ChartFacts } from "./metrics.ts";
import { OverlayLines, OverlayMarks } from "./OverlayLines.tsx";
import { OverlayValues } from "./OverlayValues.tsx";
import { useChartLines } from "./use-chart-lines.ts";
import { useCursorX } from "./use-cursor.ts";
import { useWidth } from "./use-width.ts";

// recharts is a third of the page's scripts: until somebody is there to use it, a sketch stands in.
const ChartLines = lazy(async () => {
  await firstUse;
  return { default: (await import("./ChartLines.tsx")).ChartLines };
});

/** Heights of a chart's plot, in CSS pixels. */
const HEIGHT = { small: 70, main: 170, enlarged: 320 } as const;
export type ChartSize = keyof typeof HEIGHT;

/** Room for the names at the ends of the lines. */
const NAMES = 86;
/** Charts are drawn this often at most, each in a task of its own. */
const EVERY_MS = 500;

const STAGGER_MS = EVERY_MS / 5;

const NO_LINE: Line = [];

interface ChartProps {
  facts: ChartFacts;
  /** As long as it is not enlarged. */
  size: "small" | "main";
  /** Spreads the charts' drawing over time. */
  order: number;
  /** Takes a chart that was added away again. */
  onRemove?: () => void;
}

/** One metric of all arms, step by step, over the stored runs that are switched on. */
export const Chart = memo(function Chart({ facts, size: usual, order, onRemove }: ChartProps) {
  const section = useRef<HTMLElement>(null);
  const offset = order * STAGGER_MS;
  const { history, marks, stepsPerGeneration } = useSampledRun(
    (run) => run,
    EVERY_MS,
    offset,
    section,
  );
  const [inside, setInside] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const enlarged = useChartView((view) => view.enlarged === facts.id);
  const size: ChartSize = enlarged ? "enlarged" : usual;
  const height = HEIGHT[size];
  const whole = useWidth(box);
  const named = size !== "small" && whole > 3 * NAMES;
  const width = named ? whole - NAMES : whole;
  const unit = useChartView((view) => view.x);
  const emphasised = useOverlays((overlays) => overlays.emphasised);

  useEffect(() => {
    // It stands above the others now.
    if (enlarged) section.current?.scrollIntoView({ block: "nearest" });
  }, [enlarged]);

  const innerStep = facts.lastInnerStep && stepsPerGeneration > 1 ? stepsPerGeneration - 1 : null;
  const drawn = useChartLines(facts, history, innerStep);
  const { lines, faint, overlays, axes } = drawn;
  const markers = useMarkers();
  const end = axes.x.at(-1) ?? 1;
  const steps = lines[0]?.line ?? NO_LINE;
  const place = { width, height, end, axis: axes.value, overlays, emphasised };
  const curves = {
    width,
    height,
    lines,
    faint,
    markers,
    ticks: axes.x,
    unit,
    axis: axes.value,
  };

  return (
    <section
      className="card chart"
      aria-label={`${facts.title} chart`}
      data-size={size}
      ref={section}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !enlarged || event.defaultPrevented) return;
        event.stopPropagation();
        enlarge(null);
      }}
    >
      <ChartHeading
        facts={facts}
        innerStep={innerStep}
        axes={axes}
        enlarged={enlarged}
        onRemove={onRemove}
      />
      <ChartValues lines={lines} markers={markers} steps={steps} decimals={facts.decimals} />
      <div className="chart-plot" ref={box} style={{ height }} title={faint?.says}>
        {whole === 0 ? null : (
          <>
            {overlays.length === 0 ? null : <OverlayLines {...place} />}
            <Suspense fallback={<ChartSketch {...curves} />}>
              <ChartLines {...curves} />
            </Suspense>
            <ChartCursor
              width={width}
              height={height}
              unit={unit}
              end={end}
              last={axes.last}
              steps={steps}
              marks={marks}
              label={facts.title}
              onInside={setInside}
            />
            {named ? <LineNames {...place} lines={lines} markers={markers} room={NAMES} /> : null}
            {overlays.length === 0 ? null : (
              <AtCursor {...place} steps={steps} inside={inside} decimals={facts.decimals} />
            )}
          </>
        )}
        {steps.length === 0 && overlays.length === 0 ? (
          <p className="chart-empty">{emptyText(facts, history.length)}</p>
        ) : null}
      </div>
    </section>
  );
});

interface AtCursorProps {
  width: number;
  height: number;
  end: number;
  axis: Parameters<typeof OverlayMarks>[0]["axis"];
  overlays: readonly DrawnOverlay[];
  emphasised: string | null;
  steps: Line;
  inside: boolean;
  decimals: number | null;
}

/** The marks of stored runs at the cursor, and their values in the chart that the pointer is in. */
function AtCursor({ steps, inside, decimals, ...place }: AtCursorProps) {
  const at = useCursorX(steps);
  if (at === null) return null;
  return (
    <>
      <OverlayMarks {...place} at={at} />
      {inside ? <OverlayValues {...place} at={at} decimals={decimals} /> : null}
    </>
  );
}

interface ChartValuesProps {
  lines: readonly ArmLine[];
  markers: Readonly<Record<string, ArmMarker>>;
  steps: Line;
  decimals: number | null;
}

/** The value of each arm at the cursor, else at the step on screen. */
function ChartValues({ lines, markers, steps, decimals }: ChartValuesProps) {
  const at = useCursorX(steps);
  return (
    <p className="chart-values">
      {Object.entries(markers).map(([arm, marker]) => {
        const line = lines.find((each) => each.arm === arm)?.line ?? NO_LINE;
        const value = at === null ? line.at(-1)?.y : valueAt(line, at);
        return (
          <span key={arm} className="num">
            <ArmMark marker={marker} />
            <span className="visually-hidden">{arm}</span>
            {value === undefined ? "–" : written(value, decimals)}
          </span>
        );
      })}
    </p>
  );
}

const emptyText = ({ sparse }: ChartFacts, points: number): string =>
  points === 0 ? "No steps yet." : sparse ? "Not evaluated yet." : "Not logged.";

const written = (value: number, decimals: number | null): string =>
  decimals === null ? general(value) : fixed(value, decimals);
