import { Suspense, useMemo, useRef, useState } from "react";
import { hasRoutes, tellingLayer } from "../../analysis/flips.ts";
import { ExpertsFigure, ExpertsPanel } from "../experts/lazy.ts";
import type { FigureNumber } from "./cells.ts";
import { BlinkButton } from "./BlinkButton.tsx";
import { CellTooltip } from "./CellTooltip.tsx";
import { Word } from "../controls/Word.tsx";
import * as format from "../../analysis/format.ts";
import { isOnPolicy } from "../../analysis/on-policy.ts";
import { covers } from "../../store/lesson/asked.ts";
import { clipRuleAt, decimalsAt } from "../../analysis/clip-rule.ts";
import { Figure } from "./Figure.tsx";
import { FigureLegend } from "./FigureLegend.tsx";
import { FigureNote } from "./FigureNote.tsx";
import { FigureTable } from "./FigureTable.tsx";
import { FigureToolbar } from "./FigureToolbar.tsx";
import { figureLayout, figuresStyle } from "./layout.ts";
import { MOST_ELEMENTS } from "./marks.ts";
import { OtherGroup } from "./OtherGroup.tsx";
import { Overview } from "./Overview.tsx";
import { PolicyBadge } from "./PolicyBadge.tsx";
import type { TwinFigureProps } from "./props.ts";
import { orderRows, type RowOrder, shownColumns, shownRows } from "../../analysis/rows.ts";
import { largestDifference, stageValues } from "../../analysis/stage.ts";
import type { Selection } from "../../analysis/selection.ts";
import { ShowingChip } from "./ShowingChip.tsx";
import { TipDock } from "./TipDock.tsx";
import { docks, tipPlace } from "./tip-place.ts";
import { twinViews } from "./twin-views.ts";
import { useDelayed } from "./use-delayed.ts";
import { useHeldKey, useKeys } from "./use-keys.ts";
import { useDivergingScale, usePageMeasure } from "./use-page.ts";
import { useMostRows } from "./use-most-rows.ts";
import { useScrollers } from "./use-scrollers.ts";
import { useRecordInTurn } from "./use-in-turn.ts";
import "./hatches.css";
import "./figure.css";

/**
 * Figure 3 (a ratio per token) and Figure 4 (a ratio per row) of the same batch: rows are the
 * completions of one prompt, columns their tokens, and both share one colour domain.
 */
export function TwinFigure(props: TwinFigureProps) {
  const { record, rollout, vocabulary, stage, onStage, group, hover, onHover, pinned, onPin } =
    props;
  const { effect, asked } = props;
  const routed = asked === null && hasRoutes(record) ? record : null;
  const layer = routed === null ? null : props.experts;
  const compare = layer === null ? props.compare : "side";
  const showExperts = routed === null ? null : () => props.onExperts(tellingLayer(routed));
  const card = useRef<HTMLDivElement>(null);
  const measure = usePageMeasure(card, 760);
  const scale = useDivergingScale();
  const [order, setOrder] = useState<RowOrder>("advantage");
  const [normalised, setNormalised] = useState(false);
  const [pointed, setPointed] = useState<FigureNumber>(3);
  useKeys({ onStage, onPin, onExperts: showExperts });

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
        pairs: layer === null && rows.length * columns <= MOST_ELEMENTS,
      }),
    [measure, columns, most, rows.length, longest, decimals, compare, layer],
  );
  const { three, four, domain, legend } = useMemo(
    () =>
      twinViews({
        record,
        rollout,
        rows,
        columns,
        stage,
        normalised,
        scale,
        vocabulary,
        compare,
        effect,
        asked,
      }),
    [record, rollout, rows, columns, stage, normalised, scale, vocabulary, compare, effect, asked],
  );
  const [swapped, setSwapped] = useState(false);
  useHeldKey("t", compare === "blink", setSwapped);
  const difference4 = compare === "difference";
  /** The one figure that is shown; null: both. */
  const single = compare === "blink" ? (swapped ? 4 : 3) : difference4 ? 3 : null;
  const shows = (figure: FigureNumber): boolean =>
    (single ?? figure) === figure && (figure === 3 || layer === null);

  const difference = useMemo(
    () => largestDifference(record, rows, stageValues(record, rows, 3)),
    [record, rows],
  );

  const whole = inView === "all" ? rows.length : record.config.num_generations;
  const held = Math.max(rows.length, Math.min(Math.max(most, whole), MOST_HELD));

  const { scrollers, scroller, onScroll } = useScrollers();
  const { onEdit, onReward, edited = NOTHING_EDITED, editedRewards = NO_ROWS } = props;
  const editing = { onEdit, onReward, edited, editedRewards };
  const shared = { layout, hover, pinned, onPin, onScroll, ...editing };
  const listed = useRecordInTurn(record, TABLE_TURN);
  // The equation beside the figures tells of the pinned cell; for a projector there is none.
  const told = ({ row, token }: Selection) =>
    layout.factor === 1 && pinned?.row === row && pinned.token === token;
  const pointing = (figure: FigureNumber) => (at: Selection | null) => {
    setPointed(figure);
    onHover(at);
  };
  const tip = useDelayed(hover, 120);
  const seen = useMemo(
    () => (layer !== null || single === 3 ? [three] : single === 4 ? [four] : [three, four]),
    [layer, single, three, four],
  );
  const trained = props.trained ?? record.level;
  const trains = props.armLabel === null ? null : trained === "token" ? 3 : 4;
  const note = (figure: FigureNumber, words?: string) => (
    <FigureNote
      {...{ record, layout, figure, words }}
      trains={figure === trains ? props.armLabel : null}
      later={trained !== record.level}
    />
  );

  const docked = docks(layout, measure.width);
  const numbers = tip && !covers(asked) && !told(tip) && rows.includes(tip.row) && (
    <CellTooltip
      record={record}
      at={tip}
      view={three}
      place={tipPlace(
        layout,
        rows,
        tip,
        compare === "blink" ? 3 : pointed,
        measure.width,
        scrollers[0].current?.scrollLeft ?? 0,
      )}
    />
  );
  const badge = <PolicyBadge onPolicy={isOnPolicy(record)} difference={difference} />;
  return (
    <div
      className="twin"
      ref={card}
      data-stacked={layout.stacked || undefined}
      data-interleaved={layout.interleaved || undefined}
    >
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
        covered={covers(asked)}
        experts={layer !== null}
        onExperts={showExperts}
        csv={[record, rows, vocabulary]}
        pictures={props.pictures}
      >
        {props.actions}
      </FigureToolbar>
      <ShowingChip
        compare={compare}
        stage={stage}
        visiting={props.visiting ?? false}
        onBack={() => {
          props.onCompare("side");
          props.onBack?.();
        }}
      />
      {props.answer}
      <Overview view={single === 4 ? four : three} {...{ layout, scroller, onScroll }} />
      <div className="twin-figures" style={figuresStyle(layout, held, single !== null)}>
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
            {...(difference4 ? {} : { word: "figure-3" })}
            note={
              difference4
                ? "what a row's one ratio puts in place of each token's own"
                : compare === "effect"
                  ? "a token-level update"
                  : note(3)
            }
            mark="grpo"
            trains={trains === 3 && compare !== "difference"}
            scroller={scrollers[0]}
            onHover={pointing(3)}
          />
        )}
        {routed !== null && layer !== null && (
          <Suspense fallback={null}>
            <ExpertsFigure
              {...shared}
              record={routed}
              layer={layer}
              view={four}
              scroller={scrollers[1]}
              onHover={pointing(4)}
            />
          </Suspense>
        )}
        {shows(4) && (
          <Figure
            {...shared}
            view={four}
            title="Figure 4 · GSPO"
            word="figure-4"
            note={
              compare === "effect"
                ? "a sequence-level update"
                : note(4, stage === 1 ? "not merged yet: the same log-ratios" : undefined)
            }
            mark="gspo"
            trains={trains === 4}
            scroller={scrollers[1]}
            onHover={pointing(4)}
          />
        )}
        {!(layout.stacked && single === null) && rows.length < held && rows.length < whole && (
          <p className="twin-rest" style={{ height: (held - rows.length) * layout.row }}>
            {format.plural(whole - rows.length, "more completion")} of this prompt, in other inner
            steps of the same <Word id="rollout">rollout</Word>
          </p>
        )}
        {compare === "blink" && <BlinkButton swapped={swapped} onSwapped={setSwapped} />}
        {!docked && numbers}
      </div>
      <div className="twin-below">
        <div className="twin-steps">
          {props.children}
          {docked && <TipDock record={record}>{numbers}</TipDock>}
          {layout.stacked && badge}
        </div>
        <FigureLegend
          stage={three.stage}
          domain={domain}
          scale={scale}
          views={seen}
          layout={layout}
          edited={edited.size + editedRewards.size > 0}
          framed={trains !== null && !difference4 && shows(trains) ? trains : null}
          comparison={legend}
          rules={[clipRuleAt(record, "token"), clipRuleAt(record, "sequence")]}
        />
        {group !== "telling" && inView !== group && <OtherGroup whole={inView === "all"} />}
      </div>
      {routed !== null && layer !== null && (
        <Suspense fallback={null}>
          <ExpertsPanel record={routed} vocabulary={vocabulary} rows={rows} layer={layer} />
        </Suspense>
      )}
      {listed && !covers(asked) && (
        <FigureTable record={listed} vocabulary={vocabulary} group={group} order={order} />
      )}
    </div>
  );
}

/** The table for screen readers comes last. */
const TABLE_TURN = 6;

/** Space is held for so many rows: beyond that the gap would look like a fault. */
const MOST_HELD = 8;

const NOTHING_EDITED: ReadonlySet<string> = new Set();
const NO_ROWS: ReadonlySet<number> = new Set();
