import { memo } from "react";
import type { ValueAxis } from "../../store/charts/axis.ts";
import type { BandPoint } from "../../store/charts/band.ts";
import type { DrawnOverlay } from "../../store/charts/drawn.ts";
import { pointAt } from "../../store/charts/line.ts";
import { ARM_STYLES } from "../controls/arm-marks.ts";
import { RUN_MARKS } from "../controls/run-marks.ts";
import { xToPixel, yToPixel } from "./geometry.ts";

interface OverlayLinesProps {
  width: number;
  height: number;
  end: number;
  axis: ValueAxis;
  overlays: readonly DrawnOverlay[];
  /** The run whose lines stand out; null: none. */
  emphasised: string | null;
}

/** The lines of stored runs and the bands of seeds, under those of the run on screen. */
export const OverlayLines = memo(function OverlayLines(props: OverlayLinesProps) {
  const { width, height, end, axis, overlays, emphasised } = props;
  return (
    <svg className="chart-overlays" width={width} height={height} aria-hidden="true">
      {overlays.map(({ key, colour, marker, ids, thin, band }) => {
        const stroke = `var(--run-${colour})`;
        const stands = emphasised !== null && ids.includes(emphasised);
        return (
          <g key={key}>
            {band === null ? null : (
              <path d={bandPath(band, props)} fill={stroke} className="chart-band" />
            )}
            <path
              d={linePath(thin, { width, height, end, axis })}
              className={`chart-overlay ${stands ? "stands" : band === null ? "" : "mean"}`}
              fill="none"
              stroke={stroke}
              strokeDasharray={ARM_STYLES[marker].dashes}
            />
            <path
              d={endPath(thin, ARM_STYLES[marker].shape, { width, height, end, axis })}
              className="chart-overlay-end"
              fill={stroke}
            />
          </g>
        );
      })}
    </svg>
  );
});

/** The mark of each stored run on its line, at the cursor. */
export function OverlayMarks({ at, ...props }: OverlayLinesProps & { at: number }) {
  const { width, height, end, axis, overlays } = props;
  return (
    <svg className="chart-overlays" width={width} height={height} aria-hidden="true">
      {overlays.map(({ key, colour, line }) => {
        const point = pointAt(line, at);
        if (point?.y === undefined) return null;
        const y = yToPixel(point.y, axis, height);
        if (Number.isNaN(y)) return null;
        return (
          <path
            key={key}
            d={RUN_MARKS[colour]?.path}
            className="run-mark-shape"
            style={{ color: `var(--run-${colour})` }}
            transform={`translate(${xToPixel(Math.min(point.x, end), end, width) - 5} ${y - 5})`}
          />
        );
      })}
    </svg>
  );
}

type Place = Pick<OverlayLinesProps, "width" | "height" | "end" | "axis">;

/** Straight pieces between points; a point without a place leaves a gap. */
function linePath(line: DrawnOverlay["thin"], { width, height, end, axis }: Place): string {
  let path = "";
  let drawing = false;
  for (const { x, y } of line) {
    const place = y === undefined ? Number.NaN : yToPixel(y, axis, height);
    const here = !Number.isNaN(place);
    if (here)
      path += `${drawing ? "L" : "M"}${xToPixel(x, end, width).toFixed(1)} ${place.toFixed(1)}`;
    drawing = here;
  }
  return path;
}

/** The arm’s mark at the last point that has a place: on a short or restless line dashes are not seen. */
function endPath(
  line: DrawnOverlay["thin"],
  shape: string,
  { width, height, end, axis }: Place,
): string {
  for (const { x, y } of line.toReversed()) {
    const place = y === undefined ? Number.NaN : yToPixel(y, axis, height);
    if (!Number.isNaN(place)) return `M${xToPixel(x, end, width)} ${place}${shape}`;
  }
  return "";
}

/** The outline of a band; what a logarithmic axis has no place for lies on its base line. */
function bandPath(band: readonly BandPoint[], { width, height, end, axis }: Place): string {
  const place = (x: number, y: number): string => {
    const at = yToPixel(Math.max(axis.bottom, y), axis, height);
    return `${xToPixel(x, end, width).toFixed(1)} ${at.toFixed(1)}`;
  };
  if (band.length === 0) return "";
  const upper = band.map(({ x, high }) => place(x, high));
  const lower = band.toReversed().map(({ x, low }) => place(x, low));
  return `M${[...upper, ...lower].join("L")}Z`;
}
