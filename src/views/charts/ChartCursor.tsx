import type { KeyboardEvent, PointerEvent } from "react";
import type { Mark } from "../../store/run.ts";
import { pinStep, setCursor, useView } from "../../store/view.ts";
import { MARGIN, stepToX, xToStep } from "./geometry.ts";

interface ChartCursorProps {
  width: number;
  height: number;
  /** Last step of the axis. */
  end: number;
  /** Last step with data. */
  last: number;
  marks: readonly Mark[];
  label: string;
}

/** The cursor that all charts share, the marks of events, and what pointer and keys do. */
export function ChartCursor({ width, height, end, last, marks, label }: ChartCursorProps) {
  const cursor = useView((view) => view.cursor);
  const pinned = useView((view) => view.step);
  const shown = cursor ?? pinned;
  const bounded = (step: number): number => Math.max(0, Math.min(last, step));

  const move = ({ nativeEvent, currentTarget }: PointerEvent<HTMLDivElement>): void => {
    const x = nativeEvent.clientX - currentTarget.getBoundingClientRect().left;
    setCursor(bounded(xToStep(x, end, width)));
  };
  const press = (event: KeyboardEvent): void => {
    const from = cursor ?? pinned ?? last;
    const stride = Math.max(1, Math.round(last / 50));
    const target = new Map([
      ["ArrowLeft", from - stride],
      ["ArrowRight", from + stride],
      ["Home", 0],
      ["End", last],
    ]).get(event.key);
    if (target !== undefined) setCursor(bounded(target));
    else if (event.key === "Enter" && cursor !== null) pinStep(cursor);
    else if (event.key === "Escape") setCursor(null);
    else return;
    event.preventDefault();
  };

  return (
    <div
      className="chart-cursor"
      role="slider"
      tabIndex={0}
      aria-label={`Step under the cursor, ${label} chart`}
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={shown ?? last}
      onPointerMove={move}
      onPointerLeave={() => setCursor(null)}
      onClick={() => {
        if (cursor !== null) pinStep(cursor);
      }}
      onKeyDown={press}
      onBlur={() => setCursor(null)}
    >
      <svg width={width} height={height} aria-hidden="true">
        {marks.map((mark, index) => (
          <g
            key={`${index} ${mark.step}`}
            className={`chart-mark ${mark.kind}`}
            transform={`translate(${stepToX(Math.min(mark.step, end), end, width)} 0)`}
          >
            <line y1={MARGIN.top - 4} y2={height - MARGIN.bottom} />
            <path d={`M -4 ${MARGIN.top - 10} h 8 l -4 6 z`} />
            <title>{`Step ${mark.step}: ${mark.text}`}</title>
          </g>
        ))}
        {shown === null ? null : (
          <line
            className="chart-cursor-line"
            x1={stepToX(shown, end, width)}
            x2={stepToX(shown, end, width)}
            y1={MARGIN.top - 4}
            y2={height - MARGIN.bottom}
          />
        )}
      </svg>
    </div>
  );
}
