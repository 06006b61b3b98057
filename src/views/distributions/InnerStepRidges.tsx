import { useRef } from "react";
import type { StepRecord } from "../../record/record.ts";
import { clipRuleAt } from "../../analysis/clip-rule.ts";
import { Hatches } from "../figure/Hatches.tsx";
import { usePageMeasure } from "../figure/use-page.ts";
import * as format from "../../analysis/format.ts";
import { ratioTicks } from "../../analysis/log-axis.ts";
import {
  edgeCounts,
  edgeWords,
  type ZoomedHistogram,
  zoomTogether,
} from "../../analysis/band-zoom.ts";
import { histogramWindow, levelHistograms } from "../../analysis/histogram.ts";
import { EdgeWords } from "./EdgeWords.tsx";

/** One inner step of the generation on screen; null where its record is not kept. */
export interface Ridge {
  k: number;
  record: StepRecord | null;
}

interface InnerStepRidgesProps {
  ridges: readonly Ridge[];
  level: "token" | "sequence";
  arm: "grpo" | "gspo";
  /** The inner step on screen. */
  shown: number;
  /** The axis is zoomed to the clip band. */
  zoom: boolean;
}

const ROW = 26;

/** A histogram per inner step, one under the other on one axis: how the ratios move apart. */
export function InnerStepRidges({ ridges, level, arm, shown, zoom }: InnerStepRidgesProps) {
  const box = useRef<HTMLDivElement>(null);
  const { width, factor: F } = usePageMeasure(box, 370);
  const left = 34 * F;
  const right = 64 * F;
  const top = 18 * F;
  const bottom = top + ridges.length * ROW * F;
  const inner = Math.max(60, width - left - right);
  const records = ridges.flatMap(({ record }) => (record === null ? [] : [record]));
  const zoomed = zoom ? zoomTogether(records, level) : null;
  const window =
    zoomed?.values().next().value?.window ?? Math.max(0.02, ...records.map(histogramWindow));
  const x = (log: number) =>
    left + inner / 2 + (Math.max(-1, Math.min(1, log / window)) * inner) / 2;
  return (
    <div className="dist-plot" ref={box}>
      <svg
        width={width}
        height={bottom + 18 * F}
        role="img"
        aria-label={`${level === "token" ? "Token" : "Sequence"} ratios at ${format.plural(records.length, "inner step")}: ${records
          .map((record) => `k = ${record.innerStep}, ${told(record, level, zoomed?.get(record))}`)
          .join("; ")}.`}
      >
        <Hatches id={`ridge-${level}`} />
        <text className="dist-unit" x={0} y={11 * F}>
          {level === "token" ? "tokens" : "rows"}
          {zoomed === null
            ? ", each k to its own height"
            : "; at the edges: how many beyond, how far"}
        </text>
        <path className="dist-one" d={`M${x(0)} ${top}V${bottom}`} />
        {ridges.map(({ k, record }, i) => (
          <g key={k} className={k === shown ? "dist-ridge-shown" : undefined}>
            <text className="dist-ridge-k" x={0} y={top + (i + 1) * ROW * F - 4 * F}>
              k = {k}
            </text>
            <path className="dist-base" d={`M${left} ${top + (i + 1) * ROW * F}h${inner}`} />
            {record === null ? (
              <text className="dist-side" x={left + 4 * F} y={top + (i + 1) * ROW * F - 5 * F}>
                not kept
              </text>
            ) : (
              <RidgeBars
                record={record}
                level={level}
                arm={arm}
                zoomed={zoomed?.get(record) ?? null}
                window={window}
                x={x}
                left={left}
                right={left + inner}
                bottom={top + (i + 1) * ROW * F}
                height={(ROW - 5) * F}
                end={width}
              />
            )}
          </g>
        ))}
        {ratioTicks(window, inner, 52 * F).map(({ ratio, label }) => (
          <text key={label} className="dist-tick" x={x(Math.log(ratio))} y={bottom + 14 * F}>
            {label}
          </text>
        ))}
      </svg>
    </div>
  );
}

interface RidgeBarsProps {
  record: StepRecord;
  level: "token" | "sequence";
  arm: "grpo" | "gspo";
  zoomed: ZoomedHistogram | null;
  window: number;
  x(log: number): number;
  left: number;
  right: number;
  bottom: number;
  height: number;
  end: number;
}

function RidgeBars(props: RidgeBarsProps) {
  const { record, level, arm, zoomed, window, x, bottom, height, end } = props;
  const { bars, largest } = zoomed ?? levelHistograms(record, window)[level];
  const rule = clipRuleAt(record, level);
  const tall = (count: number) => (count / Math.max(1, largest)) * height;
  return (
    <>
      {rule.kind === "hard" &&
        [rule.low > 0 ? Math.log(rule.low) : -Infinity, Math.log(rule.high)].map((limit, side) =>
          Math.abs(limit) <= window ? (
            <path
              key={side}
              className={`dist-run-limit dist-run-limit-${arm}`}
              d={`M${x(limit)} ${bottom - height - 4}V${bottom}`}
            />
          ) : null,
        )}
      {bars.map(({ from, to, count, clipped }) => {
        if (count === 0) return null;
        const wide = Math.max(1, x(to) - x(from) - 0.5);
        const kept = tall(count - clipped);
        return (
          <g key={from}>
            <rect
              className={`dist-bar-${arm}`}
              x={x(from)}
              y={bottom - kept}
              width={wide}
              height={kept}
            />
            {clipped > 0 && (
              <rect
                className={`dist-ridge-cut-${arm}`}
                x={x(from)}
                y={bottom - Math.max(2, tall(count))}
                width={wide}
                height={Math.max(2, tall(count)) - kept}
                fill={`url(#ridge-${level}-clip)`}
              />
            )}
          </g>
        );
      })}
      {zoomed && (
        <EdgeWords
          {...edgeCounts(record, level, zoomed)}
          left={props.left + 2}
          right={props.right - 2}
          y={bottom - 4}
        />
      )}
      <text className="dist-side dist-side-high" x={end - 2} y={bottom - 4}>
        {clippedText(record, level)}
      </text>
    </>
  );
}

const clippedText = (record: StepRecord, level: "token" | "sequence"): string => {
  const verdicts = level === "token" ? record.tokenClipped : record.sequenceClipped;
  return `${verdicts.reduce((sum, cut) => sum + cut, 0)} clipped`;
};

const told = (
  record: StepRecord,
  level: "token" | "sequence",
  zoomed: ZoomedHistogram | undefined,
): string => {
  if (zoomed === undefined) return clippedText(record, level);
  const { low, high } = edgeWords(record, level, zoomed);
  return `${clippedText(record, level)}, ${low}, ${high}`;
};
