import { armConfig } from "../../config/types.ts";
import { useShownRun } from "../../store/shown.ts";
import { Chart } from "./Chart.tsx";
import "./charts.css";
import { CLIPPED, ENTROPY, EVALUATED, GRAD_NORM, KL, REWARD, SPREAD } from "./metrics.ts";

/** What training does to the metrics, for all arms on one cursor. */
export function Charts() {
  const run = useShownRun();
  const penalised = run?.arms.some((arm) => armConfig(run, arm).beta > 0) ?? false;
  // Recordings of before there were evaluations have no such field.
  const evaluated = (run?.grpo.eval_strategy ?? "no") !== "no";
  const shown = [
    REWARD,
    ...(evaluated ? [EVALUATED] : []),
    CLIPPED,
    SPREAD,
    penalised ? KL : ENTROPY,
    GRAD_NORM,
  ];
  return (
    <div className="charts" data-count={shown.length}>
      <h2 className="visually-hidden">Metrics of all arms</h2>
      {shown.map((facts, order) => (
        <Chart key={facts.id} facts={facts} order={order} />
      ))}
    </div>
  );
}
