import { create } from "zustand";
import type { BandKind } from "./band.ts";

/** What the charts have on their x axis. */
export const X_AXES = ["step", "tokens", "time"] as const;
export type XAxis = (typeof X_AXES)[number];

/** Half-lives of the moving average, in optimizer steps; null draws what was logged. */
export const HALF_LIVES = [null, 5, 20, 100] as const;
export type HalfLife = (typeof HALF_LIVES)[number];

/** How the charts are drawn. */
export interface ChartView {
  x: XAxis;
  halfLife: HalfLife;
  /** A logarithmic value axis, where a chart has values above 0. */
  log: boolean;
  band: BandKind;
  /** Metrics with a chart of their own beside the usual ones, by the name that logs have. */
  added: readonly string[];
  /** The chart that is drawn large; null: none is. */
  enlarged: string | null;
  /** Where the pointer is, in the unit of the x axis; null outside the charts. */
  at: number | null;
}

/** Charts that can be added. */
export const MAX_ADDED = 12;

export const initialChartView: ChartView = {
  x: "step",
  halfLife: 5,
  log: false,
  band: "range",
  added: [],
  enlarged: null,
  at: null,
};

export const useChartView = create<ChartView>(() => initialChartView);

export const setXAxis = (x: XAxis): void => useChartView.setState({ x, at: null });
export const setHalfLife = (halfLife: HalfLife): void => useChartView.setState({ halfLife });
export const setLog = (log: boolean): void => useChartView.setState({ log });
export const setBand = (band: BandKind): void => useChartView.setState({ band });
export const setAt = (at: number | null): void => useChartView.setState({ at });

export const enlarge = (enlarged: string | null): void => useChartView.setState({ enlarged });

export const addChart = (metric: string): void =>
  useChartView.setState(({ added }) =>
    added.includes(metric) || added.length >= MAX_ADDED ? {} : { added: [...added, metric] },
  );
export const removeChart = (metric: string): void =>
  useChartView.setState(({ added }) => ({ added: added.filter((each) => each !== metric) }));
