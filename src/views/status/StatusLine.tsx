import { version } from "../../../package.json";
import { useMemoryPlans } from "../../store/run/memory-plan.ts";
import { usePageCost } from "../../store/browser/page-cost.ts";
import { useSampledRun } from "../../store/run/sampled.ts";
import { useRun } from "../../store/run/run-store.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { maskedLength } from "../../analysis/rows.ts";
import { clock, plural } from "../../analysis/format.ts";
import "./status.css";

const EVERY_MS = 500;

/** What runs where and how fast. */
export function StatusLine() {
  const adapter = useRun((run) => run.adapter);
  const parameters = useRun((run) => run.parameters);
  const arms = useRun((run) => run.run?.arms.length ?? 0);
  const bytes = useRun((run) => run.bytes);
  const plan = useMemoryPlans(({ held }) => held);
  const { stepMs, elapsedMs } = useSampledRun((run) => run, EVERY_MS, 0);
  const { eventMs, longTasks, longestMs } = usePageCost.getState();
  return (
    <footer className="status">
      <span className="status-adapter">
        <i className={adapter === null ? "dot" : "dot ok"} aria-hidden="true" />
        {adapter === null ? "No adapter yet" : `WebGPU, ${adapter.name}`}
        {adapter?.software ? " (software: correct, but slow)" : null}
        {adapter?.family === undefined ? null : (
          <span className="status-wide" title="How matrix products are computed on this adapter">
            , {adapter.family} tiles
          </span>
        )}
      </span>
      {parameters === 0 ? null : (
        <span className="num">
          {parameterText(parameters)} × {plural(arms, "arm")}
        </span>
      )}
      <BatchSize />
      {stepMs === 0 ? null : (
        <>
          <span className="num">{(1000 / stepMs).toFixed(stepMs > 200 ? 2 : 1)} steps/s</span>
          <span
            className="num status-wide"
            title={`Long tasks on the main thread while training: ${longTasks}, longest ${longestMs.toFixed(0)} ms`}
          >
            step {stepMs.toFixed(1)} ms, page {eventMs.toFixed(1)} ms
          </span>
        </>
      )}
      {bytes === 0 && plan === null ? null : (
        <span className="num status-wide" title={plan?.summary}>
          {bytes === 0 ? `needs ${mebibytes(plan?.bytes ?? 0)}` : mebibytes(bytes)}
        </span>
      )}
      <span className="num">elapsed {clock(elapsedMs / 1000)}</span>
      <span className="num status-end">v{version}</span>
    </footer>
  );
}

/** Rows and tokens of the batch on screen. */
function BatchSize() {
  const { record } = useScreen();
  if (record === null) return null;
  let tokens = 0;
  for (let row = 0; row < record.rows; row++) tokens += maskedLength(record, row);
  return (
    <span className="num status-wide">
      {record.rows} rows, {tokens} tokens
    </span>
  );
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

const parameterText = (count: number): string =>
  count < 1e5
    ? `${count.toLocaleString("en")} parameters`
    : `${(count / 1e6).toFixed(2)} M parameters`;
