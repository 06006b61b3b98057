import { useId, useRef } from "react";
import type { ClipLevel, StepRecord } from "../../record/record.ts";
import { clipRuleAt } from "../../analysis/clip-rule.ts";
import { Hatches } from "../figure/Hatches.tsx";
import { usePageMeasure } from "../figure/use-page.ts";
import * as format from "../../analysis/format.ts";
import { ratioTicks } from "../../analysis/log-axis.ts";
import { edgeWords, type EndWords, type ZoomedHistogram } from "../../analysis/band-zoom.ts";
import { countTicks, type LevelHistogram } from "../../analysis/histogram.ts";
import { EdgeWords } from "./EdgeWords.tsx";
import { SideNotes } from "./SideNotes.tsx";

interface HistogramProps {
  record: StepRecord;
  of: ClipLevel;
  level: LevelHistogram;
  /** The same on an axis around the clip band; null: on the axis of both levels. */
  zoomed: ZoomedHistogram | null;
  /** Half-width of the axis in natural log. */
  window: number;
  arm: "grpo" | "gspo";
  /** Said at the top left of the plot. */
  unit: string;
  /** Standard deviation of the log-ratio, where it was measured. */
  spread: number | undefined;
  symbol: string;
}

/** Bars of one level, with the clip band behind and the clipped share hatched on top. */
export function Histogram({
  record,
  of,
  level: common,
  zoomed,
  window: wide,
  arm,
  unit,
  spread,
  symbol,
}: HistogramProps) {
  const level = zoomed ?? common;
  const window = zoomed?.window ?? wide;
  const box = useRef<HTMLDivElement>(null);
  const id = useId().replaceAll(/[^a-zA-Z0-9]/g, "");
  const { width, factor: F } = usePageMeasure(box, 370);
  const left = 32 * F;
  const right = 8 * F;
  const top = 30 * F;
  const plot = 40 * F;
  const bottom = top + plot;
  const inner = Math.max(60, width - left - right);
  const x = (log: number) =>
    left + inner / 2 + (Math.max(-1, Math.min(1, log / window)) * inner) / 2;
  const marks = countTicks(level.largest);
  const highest = marks.at(-1)!;
  const y = (count: number) => bottom - (count / highest) * plot;
  const rule = clipRuleAt(record, of);
  const low = rule.kind === "hard" ? x(rule.low > 0 ? Math.log(rule.low) : -Infinity) : 0;
  const high = rule.kind === "hard" ? x(Math.log(rule.high)) : 0;
  const close = high - low < 74 * F;
  const ticks = ratioTicks(window, inner, 52 * F);
  const edges = zoomed && edgeWords(record, of, zoomed, inner / (6.4 * F) - 2);
  const aside = [
    ...(level.beyond > 0 && zoomed === null ? [`${level.beyond} beyond the axis`] : []),
    ...(spread === undefined ? [] : [`sd of log ${symbol} ${format.deviation(spread)}`]),
  ];

  // Beside a long unit the spread is left out first.
  const room = (width - right) / (6 * F) - unit.length - 2;
  const fitting = aside.join("; ").length <= room ? aside.length : zoomed === null ? 1 : 0;
  return (
    <div className="dist-plot" ref={box}>
      <svg
        width={width}
        height={bottom + (edges === null ? 18 : 32) * F}
        role="img"
        aria-label={describe(level, unit, edges)}
      >
        <Hatches id={id} />
        <text className="dist-unit" x={0} y={9 * F}>
          {unit}
        </text>
        {marks.map((mark) => (
          <g key={mark}>
            <path
              className={mark === 0 ? "dist-base" : "dist-grid"}
              d={`M${left} ${y(mark)}h${inner}`}
            />
            <text className="dist-mark" x={left - 5 * F} y={y(mark) + 4 * F}>
              {mark}
            </text>
          </g>
        ))}
        {rule.kind === "hard" && (
          <rect
            className={`dist-band-${arm}`}
            x={low}
            y={top - 6 * F}
            width={Math.max(1, high - low)}
            height={plot + 6 * F}
          />
        )}
        <path className="dist-one" d={`M${x(0)} ${top}V${bottom}`} />
        {level.bars.map(({ from, to, count, clipped }) => {
          if (count === 0) return null;
          const at = x(from) + 0.5;
          const wide = Math.max(1, x(to) - x(from) - 1);
          const kept = y(count - clipped);
          return (
            <g key={from}>
              <rect
                className={`dist-bar-${arm}`}
                x={at}
                y={kept}
                width={wide}
                height={bottom - kept}
              />
              {clipped > 0 && (
                <g className={`dist-cut-${arm}`}>
                  <rect x={at} y={y(count)} width={wide} height={kept - y(count)} />
                  <rect
                    x={at}
                    y={y(count)}
                    width={wide}
                    height={kept - y(count)}
                    fill={`url(#${id}-clip)`}
                  />
                </g>
              )}
            </g>
          );
        })}
        {rule.kind === "hard" && (
          <g className={`dist-limit-${arm}`}>
            <path d={`M${low} ${top - 6 * F}V${bottom}`} />
            <path d={`M${high} ${top - 6 * F}V${bottom}`} />
            <text
              x={close ? low - 4 * F : low}
              y={top - 10 * F}
              textAnchor={close ? "end" : "middle"}
            >
              {format.limit(rule.low)}
            </text>
            <text
              x={close ? high + 4 * F : high}
              y={top - 10 * F}
              textAnchor={close ? "start" : "middle"}
            >
              {format.limit(rule.high)}
            </text>
          </g>
        )}
        {ticks.map(({ ratio, label }) => (
          <text key={label} className="dist-tick" x={x(Math.log(ratio))} y={bottom + 14 * F}>
            {label}
          </text>
        ))}
        <SideNotes
          level={common}
          zoomed={zoomed}
          left={left}
          right={left + inner}
          low={low}
          high={high}
          top={top}
          factor={F}
        />
        {edges && <EdgeWords {...edges} left={left} right={left + inner} y={bottom + 28 * F} />}
        <text className="dist-side dist-side-high" x={left + inner} y={9 * F}>
          {aside.slice(0, fitting).join("; ")}
        </text>
      </svg>
    </div>
  );
}

const describe = (level: LevelHistogram, unit: string, edges: EndWords | null): string =>
  `Histogram, ${unit}: ${level.total} in all, ${level.clippedLow} clipped below the band, ${level.clippedHigh} clipped above it.${
    edges === null ? "" : ` On the axis around the band: ${edges.low}; ${edges.high}.`
  }`;
