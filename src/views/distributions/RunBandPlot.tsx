import { useMemo, useRef } from "react";
import { xTicks } from "../../store/charts/axis.ts";
import type { HistoryPoint } from "../../store/run/history.ts";
import type { Mark } from "../../store/run/marks.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { pinStep, setCursor, useView } from "../../store/view/view.ts";
import { usePageMeasure } from "../figure/use-page.ts";
import * as format from "../../analysis/format.ts";
import { ratioTicks } from "../../analysis/log-axis.ts";
import { type BandPoint, type LimitChange, runBands } from "./run-bands.ts";

interface RunBandPlotProps {
  history: readonly HistoryPoint[];
  marks: readonly Mark[];
  /** Name of the arm whose steps are shown. */
  armName: string;
  level: "token" | "sequence";
  arm: "grpo" | "gspo";
  /** Only steps with this k; null takes all. */
  innerStep: number | null;
  /** Height of the plot at type factor 1. */
  height: number;
}

/** One level's ratio over the run: quantile bands, the median, and the clip limits in force. */
export function RunBandPlot(props: RunBandPlotProps) {
  const { history, marks, armName, level, arm, innerStep } = props;
  const box = useRef<HTMLDivElement>(null);
  const { width, factor: F } = usePageMeasure(box, 370);
  const { points, limits, window, binWidth } = useMemo(
    () => runBands(history, armName, level, innerStep),
    [history, armName, level, innerStep],
  );
  const left = 34 * F;
  const right = 8 * F;
  const top = 20 * F;
  const bottom = top + props.height * F;
  const inner = Math.max(60, width - left - right);
  const ticks = xTicks(history.at(-1)?.step ?? 0, "step");
  const end = ticks.at(-1) ?? 1;
  const last = history.at(-1)?.step ?? 0;
  const x = (step: number) => left + (Math.min(step, end) / end) * inner;
  const y = (log: number) =>
    (top + bottom) / 2 - (Math.max(-1, Math.min(1, log / window)) * (bottom - top)) / 2;
  const band = (low: number, high: number) =>
    points.length === 0
      ? ""
      : `M${points.map((p) => `${x(p.step).toFixed(1)} ${y(p.at[high]!).toFixed(1)}`).join("L")}L${points
          .toReversed()
          .map((p) => `${x(p.step).toFixed(1)} ${y(p.at[low]!).toFixed(1)}`)
          .join("L")}Z`;
  const stepAt = (clientX: number, from: Element): number => {
    const at = clientX - from.getBoundingClientRect().left - left;
    return Math.max(0, Math.min(last, Math.round((at / inner) * end)));
  };
  const newest = points.at(-1);
  return (
    <div className="dist-plot" ref={box}>
      <svg
        width={width}
        height={bottom + 18 * F}
        role="img"
        aria-label={describe(level, newest, limits.at(-1))}
        className="dist-run"
        onPointerMove={(event) => setCursor(stepAt(event.clientX, event.currentTarget))}
        onPointerLeave={() => setCursor(null)}
        onClick={(event) => pinStep(stepAt(event.clientX, event.currentTarget))}
      >
        <text className="dist-unit" x={0} y={11 * F}>
          {level === "token" ? "r" : "s"}
          {innerStep === null ? "" : ` at k = ${innerStep}`}
        </text>
        {binWidth > 0 && (
          <text className="dist-side dist-side-high" x={left + inner} y={11 * F}>
            5–95, 25–75 %, median; GPU bins {format.percent(Math.expm1(binWidth))}
          </text>
        )}
        {ratioTicks(window, bottom - top, 22 * F).map(({ ratio, label }) => (
          <g key={label}>
            <path className="dist-grid" d={`M${left} ${y(Math.log(ratio))}h${inner}`} />
            <text className="dist-mark" x={left - 5 * F} y={y(Math.log(ratio)) + 4 * F}>
              {label}
            </text>
          </g>
        ))}
        <path className={`dist-wide-${arm}`} d={band(0, 4)} />
        <path className={`dist-near-${arm}`} d={band(1, 3)} />
        <path
          className={`dist-median-${arm}`}
          d={points.map((p, i) => `${i === 0 ? "M" : "L"}${x(p.step)} ${y(p.at[2])}`).join("")}
        />
        {([0, 1] as const).map((side) => (
          <path
            key={side}
            className={`dist-run-limit dist-run-limit-${arm}`}
            d={limitPath(limits, last, side, x, y)}
          />
        ))}
        {limits.at(-1)?.limits?.map((limit, side) =>
          Number.isFinite(limit) && Math.abs(limit) <= window ? (
            <text
              key={side}
              className={`dist-run-label-${arm}`}
              x={Math.max(x(last), left + 34 * F)}
              y={y(limit) + (side === 1 ? -3 : 11) * F}
            >
              {format.limit(Math.exp(limit))}
            </text>
          ) : null,
        )}
        {marks.map((mark, index) => (
          <path
            key={`${index} ${mark.step}`}
            className="dist-run-mark"
            d={`M${x(mark.step)} ${top}V${bottom}`}
          >
            <title>{`Step ${mark.step}: ${mark.text}`}</title>
          </path>
        ))}
        <Cursor x={x} top={top} bottom={bottom} />
        <path className="dist-base" d={`M${left} ${bottom}h${inner}`} />
        {ticks.map((step) => (
          <text key={step} className="dist-tick" x={x(step)} y={bottom + 14 * F}>
            {step === 0 ? "step 0" : step}
          </text>
        ))}
        {points.length === 0 && (
          <text className="dist-tick" x={left + inner / 2} y={(top + bottom) / 2 - 6}>
            No steps yet.
          </text>
        )}
      </svg>
    </div>
  );
}

/** The charts' cursor, or the step that is looked at. */
function Cursor({ x, top, bottom }: { x(step: number): number; top: number; bottom: number }) {
  const cursor = useView((view) => view.cursor);
  const { pinned, step } = useScreen();
  const shown = cursor ?? (pinned ? step : null);
  return shown === null ? null : (
    <path className="dist-run-cursor" d={`M${x(shown)} ${top}V${bottom}`} />
  );
}

/** A limit over the run, from change to change up to the last step; a gap where there is none. */
function limitPath(
  changes: readonly LimitChange[],
  last: number,
  side: 0 | 1,
  x: (step: number) => number,
  y: (log: number) => number,
): string {
  return changes
    .map(({ step, limits }, i) => {
      const limit = limits?.[side];
      if (limit === undefined || !Number.isFinite(limit)) return "";
      const until = x(changes[i + 1]?.step ?? last).toFixed(1);
      const joined = i > 0 && changes[i - 1]!.limits !== null;
      return `${joined ? "L" : "M"}${x(step).toFixed(1)} ${y(limit).toFixed(1)}H${until}`;
    })
    .join("");
}

function describe(
  level: "token" | "sequence",
  newest: BandPoint | undefined,
  limit: LimitChange | undefined,
): string {
  const what = `Quantiles of the ${level} ratio over the run`;
  if (newest === undefined) return `${what}: no steps yet.`;
  const [p05, , p50, , p95] = newest.at.map((log) => format.ratio(Math.exp(log)));
  const limits =
    limit === undefined || limit.limits === null
      ? "no hard clip"
      : `clip limits ${limit.limits.map((log) => format.limit(Math.exp(log))).join(" and ")}`;
  return `${what}; at step ${newest.step} 5 % are below ${p05}, half below ${p50}, 95 % below ${p95}; ${limits}.`;
}
