import { Chart } from "../charts/Chart.tsx";
import "../charts/charts.css";
import { REWARD } from "../charts/metrics.ts";
import "./presenter.css";

/** What training comes to, beside the row: the reward of every arm. */
export const PresenterRewards = () => (
  <div className="presenter-rewards">
    <Chart facts={REWARD} size="small" order={0} />
  </div>
);
