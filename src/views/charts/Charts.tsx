import { lazy, Suspense, useCallback, useState } from "react";
import { hasRoutes } from "../../analysis/flips.ts";
import { armConfig } from "../../config/types.ts";
import { removeChart, useChartView } from "../../store/charts/chart-view.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { ArmsVerdict } from "./ArmsVerdict.tsx";
import { firstUse } from "../../store/page/first-use.ts";
import { Chart } from "./Chart.tsx";
import { ChartToolbar } from "./ChartToolbar.tsx";
import "./charts.css";
import {
  AUX_LOSS,
  chartOf,
  CLIPPED,
  ENTROPY,
  EVALUATED,
  FLIPPED,
  GRAD_NORM,
  KL,
  REWARD,
  SPREAD,
} from "./metrics.ts";
import { OverlayBar } from "./OverlayBar.tsx";

// It takes a whole loss apart: nobody reads it before they are there.
const LossReason = lazy(async () => {
  await firstUse;
  return { default: (await import("./LossReason.tsx")).LossReason };
});

/** What it comes to, and what the levels differ in. */
const MAIN = [REWARD, CLIPPED];

/** What training does to the metrics, for all arms and the stored runs beside them on one cursor. */
export function Charts() {
  const { run, record } = useScreen();
  const penalised = run?.arms.some((arm) => armConfig(run, arm).beta > 0) ?? false;
  // Recordings of before there were evaluations have no such field.
  const evaluated = (run?.grpo.eval_strategy ?? "no") !== "no";
  const added = useChartView((view) => view.added);
  const mixture = record !== null && hasRoutes(record);
  const small = [
    ...(evaluated ? [EVALUATED] : []),
    SPREAD,
    penalised ? KL : ENTROPY,
    GRAD_NORM,
    ...(mixture ? [FLIPPED, AUX_LOSS] : []),
  ];
  return (
    <div className="charts-part">
      <h2 className="visually-hidden">Metrics of all arms</h2>
      <ArmsVerdict />
      <Suspense fallback={<p className="loss-reason" aria-busy="true" />}>
        <LossReason />
      </Suspense>
      <OverlayBar />
      <div className="charts" data-small={small.length}>
        {MAIN.map((facts, order) => (
          <Chart key={facts.id} facts={facts} size="main" order={order} />
        ))}
        {small.map((facts, index) => (
          <Chart key={facts.id} facts={facts} size="small" order={MAIN.length + index} />
        ))}
        {added.map((metric, index) => (
          <AddedChart key={metric} metric={metric} order={MAIN.length + small.length + index} />
        ))}
      </div>
      <ChartToolbar />
    </div>
  );
}

function AddedChart({ metric, order }: { metric: string; order: number }) {
  // A chart is drawn again where its facts are other ones: they are made once.
  const [facts] = useState(() => chartOf(metric));
  const remove = useCallback(() => removeChart(metric), [metric]);
  return <Chart facts={facts} size="small" order={order} onRemove={remove} />;
}
