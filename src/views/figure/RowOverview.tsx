import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { type CellLook, cellLook, type CellsView } from "./cells.ts";
import { pushOf } from "../../analysis/stage.ts";
import type { FigureLayout } from "./layout.ts";
import "./row-overview.css";

interface RowOverviewProps {
  view: CellsView;
  layout: FigureLayout;
  /** What scrolls the cells; the first of both figures that is there. */
  scroller(): HTMLElement | null;
  onScroll(left: number): void;
}

/** Of all rows, and of one: low enough that the figure below stays in view. */
const HEIGHT = 40;
const HIGHEST_ROW = 6;
/** Columns of one press of an arrow. */
const STEP = 8;

/** All tokens of rows that are longer than what is seen of them, with a window on what is seen. */
export function RowOverview({ view, layout, scroller, onScroll }: RowOverviewProps) {
  const { columns, rows } = view;
  const [left, setLeft] = useState(0);
  const canvas = useRef<HTMLCanvasElement>(null);
  const grabbed = useRef<number | null>(null);
  const width = layout.view;
  const height = Math.min(HEIGHT, rows.length * HIGHEST_ROW);
  const whole = columns * layout.cell;
  /** Pixels of the overview for one of the cells'. */
  const share = width / whole;

  useEffect(() => {
    const element = scroller();
    if (element === null) return;
    const follow = (): void => setLeft(element.scrollLeft);
    follow();
    element.addEventListener("scroll", follow);
    return () => element.removeEventListener("scroll", follow);
  }, [scroller, layout]);
  useEffect(() => {
    if (canvas.current !== null) paint(canvas.current, view, width, height);
  }, [view, width, height]);

  const first = Math.floor(left / layout.cell + 0.01);
  const seen = Math.floor(width / layout.cell);
  const last = Math.min(columns, first + seen);
  const most = columns - seen;
  const goTo = (column: number): void =>
    onScroll(Math.max(0, Math.min(most, Math.round(column))) * layout.cell);
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = target(event.key, first, seen, most);
    if (to === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    goTo(to);
  };
  const columnAt = (event: PointerEvent<HTMLElement>): number =>
    (event.clientX - event.currentTarget.getBoundingClientRect().left) / share / layout.cell;
  const grab = (event: PointerEvent<HTMLElement>): void => {
    const at = columnAt(event);
    // Beside the window its middle comes here; on it, it stays under the pointer.
    grabbed.current = at >= first && at < last ? at - first : seen / 2;
    event.currentTarget.setPointerCapture(event.pointerId);
    goTo(at - grabbed.current);
  };
  const drag = (event: PointerEvent<HTMLElement>): void => {
    if (grabbed.current !== null) goTo(columnAt(event) - grabbed.current);
  };
  return (
    <div className="row-overview" style={{ paddingLeft: layout.left, width: layout.left + width }}>
      <div
        className="row-overview-track"
        style={{ height }}
        role="scrollbar"
        tabIndex={0}
        aria-label="Tokens in view"
        aria-orientation="horizontal"
        aria-valuemin={1}
        aria-valuemax={most + 1}
        aria-valuenow={first + 1}
        aria-valuetext={`tokens ${first + 1} to ${last} of ${columns}`}
        onKeyDown={onKeyDown}
        onPointerDown={grab}
        onPointerMove={drag}
        onPointerUp={() => (grabbed.current = null)}
      >
        <canvas ref={canvas} style={{ width, height }} aria-hidden="true" />
        <span
          className="row-overview-window"
          style={{ left: left * share, width: width * share }}
          aria-hidden="true"
        />
      </div>
      <p className="row-overview-says" aria-hidden="true">
        tokens {first + 1} to {last} of {columns}
      </p>
    </div>
  );
}

/** The first column in view after a key; null: the key does not move it. */
function target(key: string, first: number, seen: number, most: number): number | null {
  switch (key) {
    case "ArrowRight":
      return first + STEP;
    case "ArrowLeft":
      return first - STEP;
    case "PageDown":
      return first + seen;
    case "PageUp":
      return first - seen;
    case "Home":
      return 0;
    case "End":
      return most;
    default:
      return null;
  }
}

/** One line a row, one pixel for the tokens under it: of several the one that is pushed most. */
function paint(canvas: HTMLCanvasElement, view: CellsView, width: number, height: number): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const density = Math.min(window.devicePixelRatio || 1, 2);
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  context.scale(density, density);
  const clipped = getComputedStyle(canvas).getPropertyValue("--text-2").trim();
  const line = height / view.rows.length;
  const perPixel = view.columns / width;
  view.rows.forEach((row, at) => {
    const length = Math.min(view.record.length[row]!, view.columns);
    for (let x = 0; x * perPixel < length; x++) {
      const look = strongest(view, at, x * perPixel, Math.min(length, (x + 1) * perPixel));
      context.fillStyle = look.kind === "clipped" ? clipped : look.fill;
      context.fillRect(x, at * line, 1, Math.max(1, line - 0.5));
    }
  });
}

/** Of tokens `from` to `to`, the last one left out: one that is clipped, else the one furthest from neutral. */
function strongest(view: CellsView, line: number, from: number, to: number): CellLook {
  let found = cellLook(view, line, Math.floor(from));
  for (let token = Math.floor(from) + 1; token < to && found.kind !== "clipped"; token++) {
    const look = cellLook(view, line, token);
    if (look.kind === "clipped" || sizeOf(view, look) > sizeOf(view, found)) found = look;
  }
  return found;
}

const sizeOf = ({ stage }: CellsView, { kind, value }: CellLook): number =>
  kind === "value" ? Math.abs(pushOf(stage, value)) : 0;
