import {
  type FocusEvent,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  type RefObject,
  useId,
  lazy,
  Suspense,
  useRef,
  useState,
} from "react";
import { type CellsView, moveCell } from "./cells.ts";
import { FigureCells, type FigureCellsProps } from "./FigureCells.tsx";
import { GapMargin, LeftMargin, RightMargin, RowBand } from "./FigureMargins.tsx";
import type { WordId } from "../../glossary/glossary.ts";
import { Word } from "../controls/Word.tsx";
import { hasRoutes } from "../../analysis/flips.ts";
import { FlipMarks } from "../experts/lazy.ts";
import { AskedMarks } from "./AskedMarks.tsx";
import { ColumnNumbers, FigureOverlay } from "./FigureOverlay.tsx";
import { Hatches } from "./Hatches.tsx";
import { useSlide } from "../../store/view/slides.ts";
import { type FigureLayout, rowsHeight } from "./layout.ts";
import { hasElements } from "./marks.ts";
import type { Selection } from "../../analysis/selection.ts";

// Only figures of very many cells are painted.
const CanvasCells = lazy(async () => ({
  default: (await import("./CanvasCells.tsx")).CanvasCells,
}));

// Nobody presents yet.
const SlideVeil = lazy(async () => ({ default: (await import("./SlideVeil.tsx")).SlideVeil }));

interface FigureProps {
  view: CellsView;
  layout: FigureLayout;
  title: string;
  /** Explains the title. */
  word?: WordId;
  note: ReactNode;
  mark: "grpo" | "gspo" | "experts";
  /** Draws other cells than the figure's own, however many they are. */
  draw?: (cells: FigureCellsProps) => ReactNode;
  /** In place of the counts beside the rows. */
  margin?: ReactNode;
  /** Its coefficients are those that train the arm. */
  trains: boolean;
  hover: Selection | null;
  pinned: Selection | null;
  onHover(selection: Selection | null): void;
  onPin(selection: Selection | null): void;
  onEdit: ((at: Selection, logRatio: number) => void) | undefined;
  onReward: ((row: number, reward: number) => void) | undefined;
  edited: ReadonlySet<string>;
  editedRewards: ReadonlySet<number>;
  /** Scrollers of both figures move together. */
  scroller: RefObject<HTMLDivElement | null>;
  onScroll(left: number): void;
}

/** What-if edits: log-ratio per pixel dragged and per key, in hundredths. */
const PER_PIXEL = 0.005;
const PER_KEY = 0.05;
/** Reward per pixel dragged. */
const REWARD_PER_PIXEL = 0.01;
const roundTo = (logRatio: number) => Math.round(logRatio * 100) / 100;

/** One figure: margins, column numbers and a grid of cells that the keyboard can walk. */
export function Figure(props: FigureProps) {
  const { view, layout, hover, pinned, onHover, onPin } = props;
  const { record, rows, columns, figure } = view;
  const sliding = useSlide(({ slide }) => slide !== null);
  const id = useId().replaceAll(/[^a-zA-Z0-9]/g, "");
  const cells = useRef<HTMLDivElement>(null);
  const [walked, setWalked] = useState<Selection | null>(null);
  const [focused, setFocused] = useState<Selection | null>(null);

  const exists = (at: Selection | null): at is Selection =>
    at !== null && rows.includes(at.row) && at.token < record.length[at.row]!;
  const first = { row: rows[0] ?? 0, token: 0 };
  const active = exists(walked) ? walked : exists(pinned) ? pinned : first;
  const pinnedRow = pinned && rows.includes(pinned.row) ? pinned.row : null;
  const { draw } = props;
  const drawn = draw !== undefined || hasElements(view);
  const width = columns * layout.cell;
  const height = rowsHeight(layout, rows.length);

  const cellAt = (event: PointerEvent): Selection | null => {
    const box = cells.current?.getBoundingClientRect();
    if (!box) return null;
    const y = event.clientY - box.top - layout.head;
    const line = Math.floor(y / layout.pitch);
    const token = Math.floor((event.clientX - box.left) / layout.cell);
    const row = rows[line];
    if (
      row === undefined ||
      y - line * layout.pitch >= layout.row ||
      token < 0 ||
      token >= record.length[row]!
    )
      return null;
    return { row, token };
  };
  const focusCell = (at: Selection) => {
    setWalked(at);
    cells.current?.querySelector<HTMLElement>(`[data-cell="${at.row}-${at.token}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = moveCell(view, active, event.key, event.shiftKey);
    if (next) {
      event.preventDefault();
      focusCell(next);
      onHover(next);
    } else if (props.onEdit && (event.key === "+" || event.key === "-")) {
      event.preventDefault();
      props.onEdit(active, roundTo(logRatioAt(active) + (event.key === "+" ? PER_KEY : -PER_KEY)));
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onPin(active);
    } else if (event.key === "Escape") {
      onPin(null);
    }
  };
  const onFocus = (event: FocusEvent<Element>) => {
    const visible = event.target.matches(":focus-visible");
    const cell = event.target.getAttribute("data-cell")?.split("-").map(Number);
    if (!visible || cell?.[0] === undefined || cell[1] === undefined) return;
    const at = { row: cell[0], token: cell[1] };
    setFocused(at);
    onHover(at);
  };
  const onBlur = () => {
    setFocused(null);
    onHover(null);
  };
  const pinRow = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const row = rows[Math.floor((event.clientY - box.top - layout.head) / layout.pitch)];
    // Its margin is no token of the row.
    if (row === undefined || view.asked?.marks === "cells") return;
    onPin({ row, token: 0 });
    if (!props.onReward) return;
    rewardDrag.current = { row, y: event.clientY, reward: record.reward[row]! };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const rewardDrag = useRef<{ row: number; y: number; reward: number } | null>(null);
  const dragReward = (event: PointerEvent) => {
    const held = rewardDrag.current;
    if (!held) return;
    const moved = held.y - event.clientY;
    if (Math.abs(moved) > 2) {
      props.onReward?.(held.row, roundTo(held.reward + moved * REWARD_PER_PIXEL));
    }
  };

  // Dragging a cell: up makes its token more likely than it was.
  const drag = useRef<{ at: Selection; y: number; logRatio: number } | null>(null);
  const logRatioAt = (at: Selection) => record.logRatio[at.row * record.columns + at.token]!;
  const startDrag = (event: PointerEvent<HTMLElement>, at: Selection) => {
    if (!props.onEdit) return;
    drag.current = { at, y: event.clientY, logRatio: logRatioAt(at) };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const moveDrag = (event: PointerEvent): boolean => {
    const held = drag.current;
    if (!held || !props.onEdit) return false;
    const moved = held.y - event.clientY;
    if (Math.abs(moved) > 2) props.onEdit(held.at, roundTo(held.logRatio + moved * PER_PIXEL));
    return true;
  };

  const marked = (hover ?? pinned)?.token ?? null;
  const drawing = { view, layout, active, hatch: id };
  const margin = { record, rows, layout, pinnedRow };
  const gridProps = {
    role: "grid",
    "aria-label": `Tokens of ${props.title}`,
    "aria-rowcount": rows.length,
    "aria-colcount": columns,
    onKeyDown,
    onFocus,
    onBlur,
  };
  return (
    <figure
      className={`twin-figure ${props.mark}`}
      data-trains={props.trains || undefined}
      aria-labelledby={`${id}-title`}
    >
      <figcaption
        id={`${id}-title`}
        style={{
          paddingLeft: figure === 3 ? (layout.stacked ? 4 : layout.left) : layout.stacked ? 4 : 20,
        }}
      >
        <span className={`mark-${props.mark}`} aria-hidden="true" />
        <b>
          {props.word === undefined ? props.title : <Word id={props.word}>{props.title}</Word>}
        </b>{" "}
        <span className="twin-note">{props.note}</span>
      </figcaption>
      <div className="twin-body">
        {figure === 4 && layout.interleaved ? (
          // Figure 3 names the rows of both.
          <div className="twin-margin" style={{ width: layout.left }} />
        ) : figure === 3 || layout.stacked ? (
          <div
            className={props.onReward ? "twin-rows twin-draggable" : "twin-rows"}
            onPointerDown={pinRow}
            onPointerMove={dragReward}
            onPointerUp={() => (rewardDrag.current = null)}
          >
            <LeftMargin {...margin} edited={props.editedRewards} />
          </div>
        ) : (
          <GapMargin rows={rows} layout={layout} pinnedRow={pinnedRow} />
        )}
        <div
          className="twin-scroll"
          ref={props.scroller}
          style={{ width: Math.min(width, layout.view) }}
          onScroll={(event) => props.onScroll(event.currentTarget.scrollLeft)}
        >
          <div
            className={props.onEdit ? "twin-cells twin-draggable" : "twin-cells"}
            ref={cells}
            style={{ width, height }}
            onPointerMove={(event) => moveDrag(event) || onHover(cellAt(event))}
            onPointerUp={() => (drag.current = null)}
            onPointerLeave={() => onHover(null)}
            onPointerDown={(event) => {
              const at = cellAt(event);
              if (!at || event.button !== 0) return;
              setWalked(at);
              onPin(at);
              startDrag(event, at);
            }}
          >
            {!drawn && (
              <Suspense fallback={null}>
                <CanvasCells view={view} layout={layout} active={active} grid={gridProps} />
              </Suspense>
            )}
            <svg
              className="twin-svg"
              width={width}
              height={height}
              {...(drawn ? gridProps : { "aria-hidden": true })}
            >
              <Hatches id={id} />
              <RowBand
                rows={rows}
                layout={layout}
                pinnedRow={drawn ? pinnedRow : null}
                width={width}
              />
              <ColumnNumbers columns={columns} layout={layout} marked={marked} />
              {draw?.(drawing) ?? (drawn && <FigureCells {...drawing} />)}
              {drawn && draw === undefined && hasRoutes(record) && (
                <Suspense fallback={null}>
                  <FlipMarks view={view} layout={layout} />
                </Suspense>
              )}
              <FigureOverlay
                rows={rows}
                columns={columns}
                layout={layout}
                hover={hover}
                pinned={pinned}
                focused={focused}
                edited={props.edited}
              />
              <AskedMarks view={view} layout={layout} />
            </svg>
          </div>
        </div>
        {props.margin ?? <RightMargin {...margin} view={view} />}
        {sliding && (
          <Suspense fallback={null}>
            <SlideVeil figure={figure} rows={rows} layout={layout} />
          </Suspense>
        )}
      </div>
    </figure>
  );
}
