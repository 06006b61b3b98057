import { lazy, memo, Suspense, useMemo, useRef } from "react";
import type { ArmMarker } from "../../store/arms.ts";
import { axisEnd, stepTicks } from "../../store/axis.ts";
import { firstFigure } from "../../store/first-figure.ts";
import { useSampledRun } from "../../store/sampled.ts";
import { series, type SeriesPoint } from "../../store/series.ts";
import { useMarkers } from "../../store/shown.ts";
import { useView } from "../../store/view.ts";
import { ArmMark } from "../controls/ArmMark.tsx";
import { fixed } from "../format.ts";
import { ChartCursor } from "./ChartCursor.tsx";
import type { ChartFacts } from "./metrics.ts";
import { useWidth } from "./use-width.ts";

// recharts is a third of the page's scripts, and the figure above does without it.
const ChartLines = lazy(async () => {
  await firstFigure;
  return { default: (await import("./ChartLines.tsx")).ChartLines };
});

const HEIGHT = 92;
/** Charts are drawn this often at most, each in a task of its own. */
const EVERY_MS = 500;

const STAGGER_MS = EVERY_MS / 5;

/** One metric of all arms, step by step. `order` spreads the charts' drawing over time. */
export const Chart = memo(function Chart({ facts, order }: { facts: ChartFacts; order: number }) {
  const history = useSampledRun((run) => run.history, EVERY_MS, order * STAGGER_MS);
  const marks = useSampledRun((run) => run.marks, EVERY_MS, order * STAGGER_MS);
  const lastK = useSampledRun((run) => run.stepsPerGeneration - 1, EVERY_MS, order * STAGGER_MS);
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);

  const innerStep = facts.lastInnerStep && lastK > 0 ? lastK : null;
  const points = useMemo(() => {
    const scaled = (read: ChartFacts["read"]): ChartFacts["read"] => {
      return (metrics, level) => {
        const value = read(metrics, level);
        return value === undefined ? undefined : value * facts.scale;
      };
    };
    const sparse = facts.sparse === true;
    const main = series(history, { read: scaled(facts.read), innerStep, sparse });
    if (facts.faint === undefined) return { main, faint: null };
    return { main, faint: series(history, { read: scaled(facts.faint.read), innerStep }) };
  }, [history, facts, innerStep]);

  const markers = useMarkers();
  const arms = Object.keys(markers);
  const ticks = stepTicks(history.at(-1)?.step ?? 0);
  const end = ticks.at(-1) ?? 1;
  const [bottom, top] = valueRange([...points.main, ...(points.faint ?? [])], facts.top);

  return (
    <section className="card chart" aria-label={`${facts.title} chart`}>
      <h3>
        {facts.title}
        <small>
          {facts.unit}
          {innerStep === null ? null : (
            <>
              , <var>k</var> = {innerStep}
            </>
          )}
        </small>
      </h3>
      <ChartValues points={points.main} arms={arms} markers={markers} decimals={facts.decimals} />
      <div className="chart-plot" ref={box} style={{ height: HEIGHT }} title={facts.faint?.says}>
        {width === 0 ? null : (
          <>
            <Suspense fallback={<div style={{ height: HEIGHT }} />}>
              <ChartLines
                width={width}
                height={HEIGHT}
                points={points.main}
                faint={points.faint}
                markers={markers}
                ticks={ticks}
                bottom={bottom}
                top={top}
              />
            </Suspense>
            <ChartCursor
              width={width}
              height={HEIGHT}
              end={end}
              last={history.at(-1)?.step ?? 0}
              marks={marks}
              label={facts.title}
            />
          </>
        )}
        {points.main.length === 0 ? (
          <p className="chart-empty">
            {history.length > 0 && facts.sparse ? "Not evaluated yet." : "No steps yet."}
          </p>
        ) : null}
      </div>
    </section>
  );
});

interface ChartValuesProps {
  points: readonly SeriesPoint[];
  arms: readonly string[];
  markers: Readonly<Record<string, ArmMarker>>;
  decimals: number;
}

/** The value of each arm at the cursor, else at the step on screen. */
function ChartValues({ points, arms, markers, decimals }: ChartValuesProps) {
  const cursor = useView((view) => view.cursor);
  const pinned = useView((view) => view.step);
  const step = cursor ?? pinned;
  const at = step === null ? points.at(-1) : (points.findLast((each) => each.step <= step) ?? null);
  return (
    <p className="chart-values">
      {arms.map((arm) => {
        const marker = markers[arm] ?? "square";
        const value = at?.[arm];
        return (
          <span key={arm} className="num">
            <ArmMark marker={marker} />
            <span className="visually-hidden">{arm}</span>
            {value === undefined ? "–" : fixed(value, decimals)}
          </span>
        );
      })}
    </p>
  );
}

function valueRange(points: readonly SeriesPoint[], top: number): [number, number] {
  let low = 0;
  let high = top;
  for (const { step: _, ...values } of points) {
    for (const value of Object.values(values)) {
      if (value === undefined) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return [axisEnd(low, 0), axisEnd(high, top)];
}
