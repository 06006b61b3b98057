import { type HTMLAttributes, useEffect, useLayoutEffect, useRef } from "react";
import { cellLabel, cellLook, type CellsView } from "./cells.ts";
import type { FigureLayout } from "./layout.ts";
import { hasRoutes } from "../../analysis/flips.ts";
import { flipMarks, isPadded } from "./marks.ts";
import { rowName, type Selection } from "../../analysis/selection.ts";

interface CanvasCellsProps {
  view: CellsView;
  layout: FigureLayout;
  active: Selection;
  grid: HTMLAttributes<HTMLElement> & Record<string, unknown>;
}

/** The same cells as one bitmap, for batches of so many tokens that elements would be slow. */
export function CanvasCells({ view, layout, active, grid }: CanvasCellsProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  // The bitmap is as wide as what can be seen; it stays in place while the cells scroll under it.
  const width = Math.min(view.columns * layout.cell, layout.view);
  const height = layout.head + view.rows.length * layout.row + 4;
  const repaint = () => {
    const target = canvas.current;
    if (target) paint(target, view, layout, width, height, scrollerOf(target)?.scrollLeft ?? 0);
  };
  const latest = useRef(repaint);
  useLayoutEffect(() => {
    latest.current = repaint;
  });
  // In the frame that shows it: the page is laid out there anyway, and not in this task as well.
  useLayoutEffect(() => {
    const frame = requestAnimationFrame(() => latest.current());
    return () => cancelAnimationFrame(frame);
  }, [view, layout, width, height]);
  useEffect(() => {
    const scroller = canvas.current && scrollerOf(canvas.current);
    if (!scroller) return;
    const onScroll = () => latest.current();
    scroller.addEventListener("scroll", onScroll);
    return () => scroller.removeEventListener("scroll", onScroll);
  }, []);

  // A grid of which only the active cell is an element: aria-rowindex and aria-colindex say where.
  const focusedBefore = useRef(false);
  const line = Math.max(0, view.rows.indexOf(active.row));
  const focusOn = (element: HTMLDivElement | null) => {
    if (element && focusedBefore.current) element.focus();
  };
  return (
    <>
      <canvas ref={canvas} className="twin-canvas" style={{ width, height }} aria-hidden="true" />
      <div
        {...grid}
        className="twin-virtual"
        onFocus={(event) => {
          focusedBefore.current = true;
          grid.onFocus?.(event);
        }}
        onBlur={(event) => {
          // A removed cell blurs too; only leaving the grid counts.
          if (event.target.isConnected) focusedBefore.current = false;
          grid.onBlur?.(event);
        }}
      >
        <div role="row" aria-rowindex={line + 1} aria-label={`row ${rowName(active.row)}`}>
          <div
            key={`${active.row}-${active.token}`}
            ref={focusOn}
            role="gridcell"
            tabIndex={0}
            aria-colindex={active.token + 1}
            aria-label={cellLabel(view, line, active.token)}
            data-cell={`${active.row}-${active.token}`}
            style={{
              left: active.token * layout.cell,
              top: layout.head + line * layout.row,
              width: layout.cell,
              height: layout.row,
            }}
          />
        </div>
      </div>
    </>
  );
}

const scrollerOf = (canvas: HTMLCanvasElement): Element | null => canvas.closest(".twin-scroll");

/** Draws the columns in sight when the cells are scrolled by `scrolled` pixels. */
function paint(
  canvas: HTMLCanvasElement,
  view: CellsView,
  layout: FigureLayout,
  width: number,
  height: number,
  scrolled: number,
): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const density = Math.min(window.devicePixelRatio || 1, 2);
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  context.setTransform(density, 0, 0, density, -scrolled * density, 0);
  const style = getComputedStyle(canvas);
  const hatch = (line: string, draw: (tile: CanvasRenderingContext2D) => void) =>
    makePattern(context, style.getPropertyValue(line).trim(), draw);
  const clip = hatch("--hatch-clip-ink", (tile) => {
    tile.lineWidth = 1.5;
    tile.beginPath();
    for (const offset of [-6, 0, 6]) {
      tile.moveTo(offset, 6);
      tile.lineTo(offset + 6, 0);
    }
    tile.stroke();
  });
  const pad = hatch("--hatch-pad-ink", (tile) => tile.fillRect(2, 2, 1.5, 1.5));
  const mask = hatch("--text-3", (tile) => tile.fillRect(2, 0, 1, 6));
  const { cell, row: rowHeight, head } = layout;
  const fontSize = 13 * layout.factor;
  context.font = `600 ${fontSize}px ${style.getPropertyValue("--font-mono")}`;
  context.textAlign = "center";
  const gap = view.figure === 3 || !view.values.merged ? (cell >= 6 ? 1 : 0) : 0;

  const from = Math.floor(scrolled / cell);
  const to = Math.ceil((scrolled + width) / cell);

  view.rows.forEach((row, line) => {
    const y = head + line * rowHeight;
    const length = Math.min(view.record.length[row]!, view.columns);
    for (let token = from; token < Math.min(length, to); token++) {
      const look = cellLook(view, line, token);
      const x = token * cell;
      context.fillStyle = look.fill;
      context.fillRect(x, y, cell - gap, rowHeight - 1);
      const over = look.kind === "clipped" ? clip : look.kind === "masked" ? mask : null;
      if (over) {
        context.fillStyle = over;
        context.fillRect(x, y, cell - gap, rowHeight - 1);
      }
      if (layout.showTokens && rowHeight >= fontSize) {
        const text = view.text(row * view.record.columns + token);
        context.fillStyle = look.ink;
        context.fillText(
          text.slice(0, Math.max(1, Math.floor(cell / 8))),
          x + (cell - gap) / 2,
          y + rowHeight / 2 + fontSize * 0.35,
        );
      }
    }
    if (isPadded(view, row) && pad) {
      context.fillStyle = pad;
      context.fillRect(length * cell, y, (view.columns - length) * cell, rowHeight - 1);
    }
  });
  if (!hasRoutes(view.record)) return;
  // As .flip-mark has them.
  const marks = new Path2D(flipMarks(view, layout, from, to));
  context.strokeStyle = style.getPropertyValue("--surface-panel").trim();
  context.lineWidth = Math.min(2, cell / 6);
  context.stroke(marks);
  context.fillStyle = style.getPropertyValue("--text-1").trim();
  context.fill(marks);
}

function makePattern(
  context: CanvasRenderingContext2D,
  colour: string,
  draw: (tile: CanvasRenderingContext2D) => void,
): CanvasPattern | null {
  const tile = document.createElement("canvas");
  tile.width = 6;
  tile.height = 6;
  const pen = tile.getContext("2d");
  if (!pen) return null;
  pen.strokeStyle = colour;
  pen.fillStyle = colour;
  draw(pen);
  return context.createPattern(tile, "repeat");
}
