import type { LevelHistogram } from "../../analysis/histogram.ts";
import type { ZoomedHistogram } from "../../analysis/band-zoom.ts";

/** Width of a note of clipped counts, at type factor 1. */
const NOTE = 96;

interface SideNotesProps {
  level: LevelHistogram;
  zoomed: ZoomedHistogram | null;
  /** Places of the axis' ends and of the clip limits, in CSS pixels. */
  left: number;
  right: number;
  low: number;
  high: number;
  top: number;
  factor: number;
}

/** On either side of the band: how many are outside of it, and how many the clip takes. */
export function SideNotes(props: SideNotesProps) {
  const { level, zoomed, left, right, low, high, top, factor: F } = props;
  if (zoomed !== null) {
    const { outsideLow, outsideHigh, clippedLow, clippedHigh } = zoomed;
    return (
      <>
        <Lines
          x={left + 4 * F}
          {...{ top, F }}
          lines={sideLines(outsideLow, "below", clippedLow)}
        />
        <Lines
          x={right - 4 * F}
          {...{ top, F }}
          lines={sideLines(outsideHigh, "above", clippedHigh)}
          end
        />
      </>
    );
  }
  // Notes stand outside the band where there is room, else inside: never on a limit's line.
  const outsideLow = low - left > NOTE * F;
  const outsideHigh = right - high > NOTE * F;
  const bothInside = !outsideLow && !outsideHigh && high - low < 2 * NOTE * F;
  return (
    <>
      {level.clippedLow > 0 && (
        <Lines
          x={(outsideLow ? left : low) + 4 * F}
          {...{ top, F }}
          lines={[`${level.clippedLow} clipped below`]}
        />
      )}
      {level.clippedHigh > 0 && (
        <Lines
          x={(outsideHigh ? right : high) - 4 * F}
          top={top + (bothInside ? 13 : 0) * F}
          F={F}
          lines={[`${level.clippedHigh} clipped above`]}
          end
        />
      )}
    </>
  );
}

const sideLines = (outside: number, side: string, clipped: number): string[] =>
  outside === 0 ? [] : [`${outside} ${side}`, `${clipped} clipped`];

interface LinesProps {
  x: number;
  top: number;
  F: number;
  lines: readonly string[];
  /** They end at x. */
  end?: boolean;
}

const Lines = ({ x, top, F, lines, end = false }: LinesProps) =>
  lines.map((line, i) => (
    <text
      key={line}
      className={end ? "dist-side dist-side-high" : "dist-side"}
      x={x}
      y={top + (8 + 13 * i) * F}
    >
      {line}
    </text>
  ));
