import { useEffect, useMemo, useRef, useState } from "react";
import { type CellsView, type FigureNumber } from "./cells.ts";
import { compared } from "./compare.ts";
import { CellTooltip } from "./CellTooltip.tsx";
import { clipRuleAt, decimalsAt, epsilonAt, otherClipArm } from "../../analysis/clip-rule.ts";
import { tokensToCsv } from "../../analysis/record-csv.ts";
import { Figure } from "./Figure.tsx";
import { FigureLegend } from "./FigureLegend.tsx";
import { FigureTable } from "./FigureTable.tsx";
import { FigureToolbar } from "./FigureToolbar.tsx";
import { figureLayout, GAP } from "./layout.ts";
import type { TwinFigureProps } from "./props.ts";
import {
  maskedLength,
  orderRows,
  type RowOrder,
  shownColumns,
  shownRows,
  tokenText,
} from "../../analysis/rows.ts";
import { colourDomain, largestDifference, STAGES, stageValues } from "../../analysis/stage.ts";
import { useDivergingScale, usePageMeasure } from "./use-page.ts";
import { useRecordInTurn } from "./use-in-turn.ts";
import * as format from "../../analysis/format.ts";
import "./hatches.css";
import "./figure.css";

/**
 * Figure 3 (a ratio per token) and Figure 4 (a ratio per row) of the same batch: rows are the
 * completions of one prompt, columns their tokens, and both share one colour domain.
 */
export function TwinFigure(props: TwinFigureProps) {
  const { record, vocabulary, stage, onStage, group, hover, onHover, pinned, onPin } = props;
  const { compare, effect } = props;
  const card = useRef<HTMLDivElement>(null);
  const measure = usePageMeasure(card, 760);
  const scale = useDivergingScale();
  const [order, setOrder] = useState<RowOrder>("advantage");
  const [normalised, setNormalised] = useState(false);
  const [pointed, setPointed] = useState<FigureNumber>(3);
  useKeys({ onStage, onPin });

  const { rows, group: inView } = useMemo(() => {
    const shown = shownRows(record, group);
    return { ...shown, rows: orderRows(record, shown.rows, order) };
  }, [record, group, order]);
  const most = useMostRows(rows.length, `${group} ${record.rows}`);
  const columns = shownColumns(record);
  const longest = rows.reduce((most, row) => Math.max(most, record.length[row]!), 1);
  const decimals = decimalsAt(record, "sequence");
  const layout = useMemo(
    () =>
      figureLayout({
        width: measure.width,
        rowHeight: measure.rowHeight,
        factor: measure.factor,
        columns,
        rows: most,
        longest,
        decimals,
        single: compare === "blink" || compare === "difference",
      }),
    [measure, columns, most, longest, decimals, compare],
  );
  const { three, four, domain, legend } = useMemo(() => {
    const values = stageValues(record, rows, stage, normalised);
    const text = (index: number) => tokenText(vocabulary, record.tokens[index]!);
    const other = compared({ record, rows, stage, values, compare, effect });
    if (other !== null) {
      const { domain, comparison } = other;
      const view = { record, rows, columns, stage: other.stage, domain, scale, text, comparison };
      const three: CellsView = { ...view, figure: 3, values: other.three };
      const four: CellsView = { ...view, figure: 4, values: other.four };
      return { three, four, domain, legend: comparison };
    }
    const domain = colourDomain(record, rows, stage, values);
    const view = { record, rows, columns, stage, values, domain, scale, text };
    const three: CellsView = { ...view, figure: 3 };
    const four: CellsView = { ...view, figure: 4 };
    return { three, four, domain, legend: null };
  }, [record, rows, columns, stage, normalised, scale, vocabulary, compare, effect]);
  const [swapped, setSwapped] = useState(false);
  useHeldKey("t", compare === "blink", setSwapped);
  const difference4 = compare === "difference";
  const shows = (figure: FigureNumber): boolean =>
    compare === "blink" ? (figure === 4) === swapped : !difference4 || figure === 3;

  const difference = useMemo(
    () => largestDifference(record, rows, stageValues(record, rows, 3)),
    [record, rows],
  );

  const stacks = layout.stacked && shows(3) && shows(4) ? 2 : 1;
  const whole = inView === "all" ? rows.length : record.config.num_generations;
  const held = Math.max(rows.length, Math.min(Math.max(most, whole), MOST_HELD));
  const reserved = stacks * (22 * layout.factor + layout.head + held * layout.row + 4);

  const scrollers = [useRef<HTMLDivElement>(null), useRef<HTMLDivElement>(null)] as const;
  const onScroll = (left: number) => {
    for (const { current } of scrollers) {
      if (current && Math.abs(current.scrollLeft - left) > 0.5) current.scrollLeft = left;
    }
  };
  const { onEdit, onReward, edited = NOTHING_EDITED, editedRewards = NO_ROWS } = props;
  const editing = { onEdit, onReward, edited, editedRewards };
  const shared = { layout, hover, pinned, onPin, onScroll, ...editing };
  const told = useRecordInTurn(record, TABLE_TURN);
  const tip = useDelayed(hover, 120);
  const masked = rows.some((row) => maskedLength(record, row) < record.length[row]!);
  /** Whose ε the figure is judged by, where that is not the arm's own; alone where room is short. */
  const headed = (figure: FigureNumber, words: string): string => {
    const level = figure === 3 ? "token" : "sequence";
    if (clipRuleAt(record, level).kind !== "hard" || otherClipArm(record, level) === null)
      return words;
    const otherClipText = epsilonAt(record, level);
    return layout.view > 340 * layout.factor ? `${words}; ${otherClipText}` : otherClipText;
  };
  const trains = record.level === "token" ? 3 : 4;
  const note = (figure: FigureNumber, words: string) => (
    <>
      {headed(figure, words)}{" "}
      {layout.view > 260 * layout.factor && figure === trains && (
        <span className="twin-trains">trains {props.armLabel}</span>
      )}
    </>
  );

  // Always there, so that nothing moves when a step follows another.
  const badge = (
    <p className={record.innerStep === 0 ? "twin-badge" : "twin-badge twin-badge-apart"}>
      {record.innerStep === 0 ? (
        <b>on-policy: both figures identical</b>
      ) : (
        <span>off-policy{difference === 0 ? ": the figures agree here" : ""}</span>
      )}
      <code>max |Δ| = {differenceText(difference)}</code>
    </p>
  );
  return (
    <div className="twin" ref={card} data-stacked={layout.stacked || undefined}>
      <FigureToolbar
        record={record}
        stage={stage}
        onStage={onStage}
        group={inView}
        onGroup={props.onGroup}
        order={order}
        onOrder={setOrder}
        compare={compare}
        onCompare={props.onCompare}
        effect={effect}
        normalised={normalised}
        onNormalised={setNormalised}
        csv={() => tokensToCsv(record, rows, vocabulary)}
        pictures={props.pictures}
      >
        {props.actions}
      </FigureToolbar>
      <div className="twin-figures" style={{ minHeight: reserved }}>
        {!layout.stacked && (
          // Over the rows' names, where there is nothing else.
          <div className="twin-badge-place" style={{ width: layout.left - 8 }}>
            {badge}
          </div>
        )}
        {shows(3) && (
          <Figure
            {...shared}
            view={three}
            title={difference4 ? "Figure 4 − Figure 3" : "Figure 3 · GRPO"}
            note={
              difference4
                ? "what a row's one ratio puts in place of each token's own"
                : compare === "effect"
                  ? "what a token-level update does"
                  : note(3, "one ratio per token")
            }
            mark="grpo"
            scroller={scrollers[0]}
            onHover={(at) => {
              setPointed(3);
              onHover(at);
            }}
          />
        )}
        {shows(4) && (
          <Figure
            {...shared}
            view={four}
            title="Figure 4 · GSPO"
            note={
              compare === "effect"
                ? "what a sequence-level update does"
                : note(4, stage === 1 ? "not merged yet: the same log-ratios" : "one ratio per row")
            }
            mark="gspo"
            scroller={scrollers[1]}
            onHover={(at) => {
              setPointed(4);
              onHover(at);
            }}
          />
        )}
        {stacks === 1 && rows.length < held && rows.length < whole && (
          <p className="twin-rest" style={{ height: (held - rows.length) * layout.row }}>
            {format.plural(whole - rows.length, "more completion")} of this prompt, in other inner
            steps of the same rollout
          </p>
        )}
        {compare === "blink" && (
          <button
            type="button"
            className="twin-blink"
            aria-pressed={swapped}
            onClick={() => setSwapped(!swapped)}
          >
            {swapped ? "Figure 4 is shown" : "Figure 3 is shown"}: press, or hold <kbd>T</kbd>, for
            the other
          </button>
        )}
        {tip && rows.includes(tip.row) && (
          <CellTooltip
            record={record}
            at={tip}
            text={three.text(tip.row * record.columns + tip.token)}
            {...tipPlace(
              layout,
              rows,
              tip,
              compare === "blink" ? 3 : pointed,
              measure.width,
              scrollers[0].current?.scrollLeft ?? 0,
            )}
          />
        )}
      </div>
      <div className="twin-below">
        <div className="twin-steps">
          {props.children}
          {layout.stacked && badge}
        </div>
        <FigureLegend
          stage={three.stage}
          domain={domain}
          scale={scale}
          masked={masked}
          comparison={legend}
          rules={[clipRuleAt(record, "token"), clipRuleAt(record, "sequence")]}
        />
        {group !== "telling" && inView !== group && (
          <p className="twin-badge">
            This step has fewer than two completions of the chosen prompt
            {inView === "all" ? ": the whole batch is shown." : ", so another is shown."}
          </p>
        )}
      </div>
      {told && <FigureTable record={told} vocabulary={vocabulary} group={group} order={order} />}
    </div>
  );
}

const differenceText = (difference: number): string =>
  difference === 0
    ? "0"
    : difference < 1e-3
      ? format.scientific(difference)
      : format.fixed(difference, 3);

/** The table for screen readers comes after all that can be seen. */
const TABLE_TURN = 6;

/** Space is held for so many rows: beyond that the gap would look like a fault. */
const MOST_HELD = 8;

/** The most rows shown so far: what lies below stands still while batches hold more or fewer. */
function useMostRows(rows: number, key: string): number {
  const seen = useRef({ key, most: rows });
  if (seen.current.key !== key) seen.current = { key, most: rows };
  seen.current.most = Math.max(seen.current.most, rows);
  return seen.current.most;
}

const NOTHING_EDITED: ReadonlySet<string> = new Set();
const NO_ROWS: ReadonlySet<number> = new Set();

/** Keys 1–5 choose the stage and Escape releases the pin, anywhere but in text fields. */
function useKeys(actions: Pick<TwinFigureProps, "onStage" | "onPin">): void {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target instanceof HTMLElement ? event.target : null;
      if (target?.matches(TYPING)) return;
      const facts = STAGES.find(({ stage }) => String(stage) === event.key);
      if (facts) latest.current.onStage(facts.stage);
      else if (event.key === "Escape") latest.current.onPin(null);
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}

const TYPING =
  "input:not([type=radio], [type=checkbox], [type=range]), textarea, select, [contenteditable]";

/** Tells while a letter key is held, anywhere but in text fields. */
function useHeldKey(key: string, active: boolean, onHeld: (held: boolean) => void): void {
  useEffect(() => {
    if (!active) return;
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== key || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLElement && event.target.matches(TYPING)) return;
      if (!event.repeat) onHeld(event.type === "keydown");
    };
    document.addEventListener("keydown", listen);
    document.addEventListener("keyup", listen);
    return () => {
      document.removeEventListener("keydown", listen);
      document.removeEventListener("keyup", listen);
      onHeld(false);
    };
  }, [key, active, onHeld]);
}

/** `value` once it has stood still for `ms`; null at once. */
function useDelayed<T>(value: T | null, ms: number): T | null {
  const [settled, setSettled] = useState<T | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), value === null ? 0 : ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return value === null ? null : settled;
}

const TIP_WIDTH = 216;

/** The tooltip stands beside the cell, on the side that has room. */
function tipPlace(
  layout: ReturnType<typeof figureLayout>,
  rows: readonly number[],
  at: { row: number; token: number },
  pointed: FigureNumber,
  width: number,
  scrolled: number,
): { x: number; y: number; flip: boolean } {
  const line = rows.indexOf(at.row);
  const caption = 22 * layout.factor;
  const block = caption + layout.head + rows.length * layout.row + 12;
  const left =
    layout.left +
    (pointed === 4 && !layout.stacked ? layout.view + layout.right3 + GAP : 0) +
    at.token * layout.cell -
    scrolled;
  const flip = left + layout.cell + TIP_WIDTH > width && left > TIP_WIDTH;
  return {
    x: flip ? left - 6 : left + layout.cell + 6,
    y:
      (pointed === 4 && layout.stacked ? block : 0) +
      caption +
      layout.head +
      (line + 1) * layout.row +
      4,
    flip,
  };
}
