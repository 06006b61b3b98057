import { useShownRun } from "../../store/shown.ts";
import { armConfig } from "../../config/types.ts";
import { Chart } from "./Chart.tsx";
import "./charts.css";
import { CLIPPED, ENTROPY, GRAD_NORM, KL, REWARD, SPREAD } from "./metrics.ts";

/** What training does to the metrics, for all arms on one cursor. */
export function Charts() {
  const run = useShownRun();
  const penalised = run?.arms.some((arm) => armConfig(run, arm).beta > 0) ?? false;
  return (
    <div className="charts">
      <h2 className="visually-hidden">Metrics of all arms</h2>
      {[REWARD, CLIPPED, SPREAD, penalised ? KL : ENTROPY, GRAD_NORM].map((facts, order) => (
        <Chart key={facts.id} facts={facts} order={order} />
      ))}
    </div>
  );
}
