import { useDeferredValue, useMemo } from "react";
import {
  armLines,
  chartAxes,
  type ArmLine,
  type ChartAxes,
} from "../../store/charts/chart-lines.ts";
import { useChartView } from "../../store/charts/chart-view.ts";
import { drawnOverlays, type DrawnOverlay } from "../../store/charts/drawn.ts";
import type { HistoryPoint } from "../../store/run/history.ts";
import { useOverlaidRuns, useOverlays } from "../../store/library/overlays.ts";
import type { ChartFacts } from "./metrics.ts";

/** Lines under the others. */
export interface FaintLines {
  lines: readonly ArmLine[];
  says: string;
  opacity: number;
}

/** How much of its ink what was logged has under a smoothed line, and the chart's second line. */
const RAW = 0.25;
const SECOND = 0.45;

/** Everything a chart draws. */
export interface ChartDrawing {
  lines: readonly ArmLine[];
  /** The chart's fainter second line; else what was logged, under a smoothed line. */
  faint: FaintLines | null;
  overlays: readonly DrawnOverlay[];
  axes: ChartAxes;
}

/** The lines and axes of a chart as the reader has the charts drawn. */
export function useChartLines(
  facts: ChartFacts,
  history: readonly HistoryPoint[],
  innerStep: number | null,
): ChartDrawing {
  const x = useChartView((view) => view.x);
  const halfLife = useChartView((view) => view.halfLife);
  const log = useChartView((view) => view.log);
  const band = useChartView((view) => view.band);
  // Stored runs may be many and long: the charts take them in one after the other.
  const runs = useDeferredValue(useOverlaidRuns());
  const read = useDeferredValue(useOverlays((state) => state.read));

  const selection = useMemo(
    () => ({
      metric: facts.metric,
      scale: facts.scale,
      sparse: facts.sparse === true,
      innerStep,
      x,
    }),
    [facts, innerStep, x],
  );
  const overlays = useMemo(
    () => drawnOverlays(runs, read, { ...selection, halfLife, band }),
    [runs, read, selection, halfLife, band],
  );
  const own = useMemo(() => {
    const lines = armLines(history, selection, halfLife);
    const { faint: second } = facts;
    const faint: FaintLines | null =
      second !== undefined
        ? {
            lines: armLines(history, { ...selection, metric: second.metric }, halfLife),
            says: second.says,
            opacity: SECOND,
          }
        : halfLife !== null
          ? { lines: armLines(history, selection, null), says: "Faint: as logged.", opacity: RAW }
          : null;
    return { lines, faint };
  }, [history, facts, selection, halfLife]);

  return useMemo(() => {
    const all = [...own.lines, ...(own.faint?.lines ?? [])].map(({ thin }) => thin);
    return { ...own, overlays, axes: chartAxes(all, overlays, { top: facts.top, log, x }) };
  }, [own, overlays, facts, log, x]);
}
