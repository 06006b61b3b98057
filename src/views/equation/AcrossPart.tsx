import { useMemo, useRef } from "react";
import type { ClipLevel, StepRecord } from "../../record/record.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { clipRuleAt, decimalsAt, ratioAt } from "../../analysis/clip-rule.ts";
import type { Selection } from "../../analysis/selection.ts";
import { limitLabels } from "./limit-labels.ts";
import { usePageMeasure } from "../figure/use-page.ts";
import * as format from "../../analysis/format.ts";
import { axisWindow } from "../../analysis/log-axis.ts";
import "./across.css";
import { acrossInnerSteps, type AcrossPoint } from "../../analysis/across.ts";

/** The pinned token's ratio and its row's, inner step by inner step. */
export function AcrossPart({ record, at }: { record: StepRecord; at: Selection }) {
  const { kept } = useScreen();
  const points = useMemo(() => acrossInnerSteps(kept, record, at), [kept, record, at]);
  if (points.length < 2) return null;
  return (
    <section className="eq-part">
      <h3>
        This token across inner steps <span>ratio, log axis; shaded: each level’s clip band</span>
      </h3>
      <Plot record={record} points={points} />
    </section>
  );
}

function Plot({ record, points }: { record: StepRecord; points: readonly AcrossPoint[] }) {
  const box = useRef<HTMLDivElement>(null);
  const { width, factor: F } = usePageMeasure(box, 300);
  const decimals = { r: decimalsAt(record, "token"), s: decimalsAt(record, "sequence") };
  const finer = (Math.max(decimals.r, decimals.s) - 3) * 7 * F;
  const [left, right, top, height] = [52 * F + finer, 64 * F + finer, 8 * F, 112 * F];
  const bands = { r: limitsAt(record, "token"), s: limitsAt(record, "sequence") };
  const extent = Math.max(
    0.02,
    ...points.flatMap(({ r, s }) => [Math.abs(Math.log(r)), Math.abs(Math.log(s))]),
    ...[...bands.r, ...bands.s].map((limit) => 1.1 * Math.abs(Math.log(limit))),
  );
  const window = axisWindow(extent);
  const y = (ratio: number) =>
    top + height / 2 - (Math.max(-1, Math.min(1, Math.log(ratio) / window)) * height) / 2;
  const last = points.at(-1)!;
  const x = (k: number) => left + (k / Math.max(1, last.k)) * Math.max(60, width - left - right);
  const line = (of: "r" | "s") =>
    points.map((point, i) => `${i === 0 ? "M" : "L"}${x(point.k)} ${y(point[of])}`).join("");
  const labels = limitLabels({
    limits: bands,
    y,
    gap: 12 * F,
    room: { low: 4 * F, high: top + height },
  });
  // Two labels at one height would cover each other.
  const apart = Math.abs(y(last.r) - y(last.s)) < 12 * F ? (last.r >= last.s ? -5 : 5) * F : 0;
  return (
    <div ref={box}>
      <svg
        className="eq-across"
        width={width}
        height={top + height + 18 * F}
        role="img"
        aria-label={points
          .map(
            ({ k, r, s }) =>
              `k = ${k}: r ${ratioAt(record, "token", r)}, s ${ratioAt(record, "sequence", s)}`,
          )
          .join("; ")}
      >
        {BANDS.map((of) => {
          const [low, high] = bands[of];
          return low === undefined || high === undefined ? null : (
            <rect
              key={of}
              className={`eq-across-band-${of}`}
              x={left}
              y={y(high)}
              width={x(last.k) - left}
              height={y(low) - y(high)}
            />
          );
        })}
        <path className="eq-across-grid" d={`M${left} ${y(1)}H${x(last.k)}`} />
        {labels.map(({ ratio, of, at, text }) => (
          <g key={ratio} className={`eq-across-limit-${of}`}>
            <path d={`M${left - 12 * F} ${text}L${left - 3 * F} ${at}H${left}`} />
            <text x={left - 15 * F} y={text + 4 * F}>
              {format.limit(ratio)}
            </text>
          </g>
        ))}
        <path className="eq-across-r" d={line("r")} />
        <path className="eq-across-s" d={line("s")} />
        {points.map(({ k, r, s }) => (
          <g key={k}>
            <rect className="eq-across-dot-r" x={x(k) - 3} y={y(r) - 3} width={6} height={6} />
            <path className="eq-across-dot-s" d={`M${x(k)} ${y(s) - 4}l4 4-4 4-4-4z`} />
            <text className="eq-across-k" x={x(k)} y={top + height + 14 * F}>
              {k === 0 ? "k = 0" : k}
            </text>
          </g>
        ))}
        <text className="eq-across-end-r" x={x(last.k) + 8 * F} y={y(last.r) + 4 * F + apart}>
          r {ratioAt(record, "token", last.r)}
        </text>
        <text className="eq-across-end-s" x={x(last.k) + 8 * F} y={y(last.s) + 4 * F - apart}>
          s {ratioAt(record, "sequence", last.s)}
        </text>
      </svg>
    </div>
  );
}

/** The narrower one lies over the wider. */
const BANDS = ["r", "s"] as const;

/** A level's lower and upper limit, as far as a log axis can show them. */
function limitsAt(record: StepRecord, level: ClipLevel): number[] {
  const rule = clipRuleAt(record, level);
  return rule.kind === "hard" ? [rule.low, rule.high].filter((limit) => limit > 0) : [];
}
