import { useMemo, useRef } from "react";
import type { LayerChoice, RoutedRecord } from "../../analysis/flips.ts";
import { expertLoad } from "../../analysis/routes.ts";
import * as format from "../../analysis/format.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { usePageMeasure } from "../figure/use-page.ts";
import { expertColour } from "./expert-marks.ts";
import { ExpertMark } from "./ExpertMark.tsx";
import { aspectOf } from "./mark-grid.ts";
import { type LoadPoint, loadPoints, loadTop } from "./load-lines.ts";

interface LoadPlotProps {
  record: RoutedRecord;
  layer: LayerChoice;
}

/** Which part of the tokens goes through each expert, over the steps of the run: a line each. */
export function LoadPlot({ record, layer }: LoadPlotProps) {
  const { kept } = useScreen();
  const box = useRef<HTMLDivElement>(null);
  const { width, factor: F } = usePageMeasure(box, 370);
  const { experts } = record.routing;
  const points = useMemo(() => loadPoints(kept, record, layer), [kept, record, layer]);
  const now = useMemo(() => expertLoad(record, layer), [record, layer]);
  const top = loadTop([...points, { step: record.step, load: now }], experts);
  const height = (experts <= 12 ? 18 : 16) * F;
  const aspect = aspectOf(experts - 1);
  const [left, right] = [(8 + 14 * aspect) * F, 52 * F];
  const inner = Math.max(60, width - left - right);
  const first = points[0]?.step ?? record.step;
  const last = Math.max(points.at(-1)?.step ?? record.step, first + 1);
  const x = (step: number) => left + ((step - first) / (last - first)) * inner;
  const largest = now.indexOf(Math.max(...now));
  const even = 1 / experts;
  return (
    <div className="experts-load" ref={box}>
      <svg
        width={width}
        height={experts * height + 16 * F}
        role="img"
        aria-label={`Load of ${experts} experts at step ${record.step}: expert ${largest} has most, ${format.percent(now[largest]!)} of the routes; an even load is ${format.percent(even)}.`}
      >
        {Array.from(now, (share, expert) => {
          const base = (expert + 1) * height - 2;
          const y = (load: number) => base - (load / top) * (height - 3);
          return (
            <g key={expert}>
              <ExpertMark
                expert={expert}
                x={2}
                y={base - height / 2 - 6.5 * F}
                width={14 * F * aspect}
                height={14 * F}
                numbered
                outlined={false}
              />
              <LoadLine points={points} expert={expert} x={x} y={y} />
              <path className="experts-even" d={`M${left} ${y(even)}h${inner}`} />
              <path className="experts-base" d={`M${left} ${base}h${inner}`} />
              <text className="experts-share" x={width - 2} y={base - height / 2 + 5 * F}>
                {format.percent(share)}
              </text>
            </g>
          );
        })}
        <path
          className="experts-cursor"
          d={`M${x(Math.min(Math.max(record.step, first), last))} 0v${experts * height - 2}`}
        />
        <text className="experts-tick" x={left} y={experts * height + 12 * F}>
          step {first}
        </text>
        {points.length > 1 && (
          <text className="experts-tick twin-end" x={left + inner} y={experts * height + 12 * F}>
            {last}
          </text>
        )}
      </svg>
    </div>
  );
}

interface LoadLineProps {
  points: readonly LoadPoint[];
  expert: number;
  x(step: number): number;
  y(load: number): number;
}

/** The load of one expert, step by step, and what lies under it. */
function LoadLine({ points, expert, x, y }: LoadLineProps) {
  const [from, to] = [points[0], points.at(-1)];
  if (from === undefined || to === undefined) return null;
  const line = points
    .map(({ step, load }) => `${x(step).toFixed(1)} ${y(load[expert]!).toFixed(1)}`)
    .join("L");
  const colour = expertColour(expert);
  return (
    <>
      <path
        className="experts-area"
        d={`M${x(from.step)} ${y(0)}L${line}L${x(to.step)} ${y(0)}Z`}
        style={{ fill: colour }}
      />
      <path className="experts-line" d={`M${line}`} style={{ stroke: colour }} />
    </>
  );
}
