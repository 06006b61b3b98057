import type { KeyboardEvent, PointerEvent } from "react";
import { setAt, useChartView, type XAxis } from "../../store/charts/chart-view.ts";
import { pointAt, type Line } from "../../store/charts/line.ts";
import type { Mark } from "../../store/run/marks.ts";
import { pinStep, setCursor, useView } from "../../store/view/view.ts";
import { MARGIN, pixelToX, xToPixel } from "./geometry.ts";
import { useCursorX } from "./use-cursor.ts";
import { xText } from "./x-text.ts";

interface ChartCursorProps {
  width: number;
  height: number;
  unit: XAxis;
  /** End of the axis, and the last place on it with data. */
  end: number;
  last: number;
  /** A line of the run on screen: where its steps lie on the axis. */
  steps: Line;
  marks: readonly Mark[];
  label: string;
  /** The pointer or the focus is in this chart. */
  onInside(inside: boolean): void;
}

/** The cursor that all charts share, the marks of events, and what pointer and keys do. */
export function ChartCursor(props: ChartCursorProps) {
  const { width, height, unit, end, last, steps, marks, label, onInside } = props;
  const at = useChartView((view) => view.at);
  const shown = useCursorX(steps);

  const go = (x: number): void => {
    const bounded = Math.max(0, Math.min(last, unit === "step" ? Math.round(x) : x));
    setAt(bounded);
    // The run on screen may end before the others.
    setCursor(stepAt(steps, unit, bounded));
  };
  const leave = (): void => {
    setAt(null);
    setCursor(null);
    onInside(false);
  };
  const move = ({ nativeEvent, currentTarget }: PointerEvent<HTMLDivElement>): void => {
    onInside(true);
    const pixel = nativeEvent.clientX - currentTarget.getBoundingClientRect().left;
    go(pixelToX(pixel, end, width));
  };
  const pin = (): void => {
    const { cursor } = useView.getState();
    if (cursor !== null) pinStep(cursor);
  };
  const press = (event: KeyboardEvent): void => {
    const from = shown ?? last;
    const stride = unit === "step" ? Math.max(1, Math.round(last / 50)) : last / 50;
    const target = new Map([
      ["ArrowLeft", from - stride],
      ["ArrowRight", from + stride],
      ["Home", 0],
      ["End", last],
    ]).get(event.key);
    if (target !== undefined) {
      onInside(true);
      go(target);
    } else if (event.key === "Enter" && at !== null) pin();
    else if (event.key === "Escape" && at !== null) leave();
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
      aria-valuetext={xText(shown ?? last, unit)}
      onPointerMove={move}
      onPointerLeave={leave}
      onClick={pin}
      onKeyDown={press}
      onBlur={leave}
    >
      <svg width={width} height={height} aria-hidden="true">
        {marks.map((mark, index) => (
          <g
            key={`${index} ${mark.step}`}
            className={`chart-mark ${mark.kind}`}
            transform={`translate(${xToPixel(Math.min(xOfStep(steps, unit, mark.step), end), end, width)} 0)`}
          >
            <line y1={MARGIN.top - 4} y2={height - MARGIN.bottom} />
            <path d={`M -4 ${MARGIN.top - 10} h 8 l -4 6 z`} />
            <title>{`Step ${mark.step}: ${mark.text}`}</title>
          </g>
        ))}
        {shown === null ? null : (
          <line
            className="chart-cursor-line"
            x1={xToPixel(Math.min(shown, end), end, width)}
            x2={xToPixel(Math.min(shown, end), end, width)}
            y1={MARGIN.top - 4}
            y2={height - MARGIN.bottom}
          />
        )}
      </svg>
    </div>
  );
}

/** The step of the run on screen that lies at `x`. */
const stepAt = (steps: Line, unit: XAxis, x: number): number =>
  unit === "step"
    ? Math.min(x, steps.at(-1)?.step ?? 0)
    : ((pointAt(steps, x) ?? steps[0])?.step ?? 0);

/** Where a step lies on the axis. */
const xOfStep = (steps: Line, unit: XAxis, step: number): number =>
  unit === "step" ? step : (steps.findLast((point) => point.step <= step)?.x ?? 0);
