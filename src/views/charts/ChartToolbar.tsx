import { memo } from "react";
import {
  addChart,
  HALF_LIVES,
  MAX_ADDED,
  setHalfLife,
  setLog,
  setXAxis,
  useChartView,
  X_AXES,
} from "../../store/charts/chart-view.ts";
import { loggedMetrics } from "../../store/charts/lines.ts";
import { useSampledRun } from "../../store/run/sampled.ts";
import { Picker } from "../controls/Picker.tsx";
import { Segmented } from "../controls/Segmented.tsx";

const SMOOTHING = HALF_LIVES.map((halfLife) => ({
  id: String(halfLife),
  text: halfLife === null ? "none" : `EMA ${halfLife}`,
  help:
    halfLife === null
      ? "as logged"
      : `moving average: a value counts half after ${halfLife} optimizer steps`,
}));

/** What is logged changes seldom: it is looked up this often. */
const EVERY_MS = 2000;

/** How all charts are drawn, and which there are beside the usual ones. Not drawn again with each step. */
export const ChartToolbar = memo(function ChartToolbar() {
  const { x, halfLife, log, added } = useChartView();
  const history = useSampledRun((run) => run.history, EVERY_MS, 0);
  const others = loggedMetrics(history).filter((name) => !added.includes(name));
  return (
    <div className="chart-toolbar" role="group" aria-label="How the charts are drawn">
      <span aria-hidden="true">x</span>
      <Segmented
        label="x axis"
        segments={X_AXES.map((id) => ({ id, label: id }))}
        selected={x}
        onSelect={setXAxis}
      />
      <span aria-hidden="true">y</span>
      <Segmented
        label="y axis"
        segments={[
          { id: "linear", label: "linear" },
          { id: "log", label: "log" },
        ]}
        selected={log ? "log" : "linear"}
        onSelect={(id) => setLog(id === "log")}
      />
      <Picker
        label="Smoothing"
        lead="Smoothing"
        choices={SMOOTHING}
        selected={String(halfLife)}
        onSelect={(id) => setHalfLife(HALF_LIVES.find((each) => String(each) === id) ?? null)}
      />
      <Picker
        label="Add a chart"
        placeholder={added.length < MAX_ADDED ? "Add a chart" : `${MAX_ADDED} charts added`}
        choices={added.length < MAX_ADDED ? others.map((name) => ({ id: name, text: name })) : []}
        selected={null}
        onSelect={addChart}
        mono
      />
    </div>
  );
});
