import { useId, useRef, useState } from "react";
import * as format from "../format.ts";
import { ratioTicks } from "../log-axis.ts";
import { type Anatomy, anatomyOf, swarm } from "./anatomy.ts";
import { bindingSide, clipNote, type ClipRule, clipRule, cutLimits, isCut } from "./clip-rule.ts";
import { Hatches } from "./Hatches.tsx";
import { LimitHandles } from "./LimitHandles.tsx";
import type { RowAnatomyProps } from "./props.ts";
import { tokenText } from "./rows.ts";
import { rowName } from "./selection.ts";
import { useDivergingScale, usePageMeasure } from "./use-page.ts";
import "./hatches.css";
import "./row-anatomy.css";

/** One row taken apart: each token's ratio on a log axis, the clip band, and the row's one ratio. */
export function RowAnatomy(props: RowAnatomyProps) {
  const { record, row } = props;
  const box = useRef<HTMLDivElement>(null);
  const { width, factor } = usePageMeasure(box, 500);
  const { tried } = props;
  const rule = clipRule(
    tried === null
      ? record.config
      : { ...record.config, epsilon: tried.low, epsilon_high: tried.high },
  );
  const measured = anatomyOf(record, row, rule);
  const anatomy = tried === null ? measured : wouldBe(measured, rule, record.advantage[row]!);
  const count = anatomy.tokens.length;
  const decimals = format.ratioDecimals(record.config);
  const ratio = (value: number) => format.ratio(value, decimals);
  // While a limit is held the axis stands still, whatever the limit does to it.
  const [window, setWindow] = useState<number | null>(null);
  return (
    <section
      className={`anatomy${decimals > 3 ? " anatomy-fine" : ""}`}
      aria-label={`Row ${rowName(row)}, taken apart`}
    >
      <div className="anatomy-facts">
        <h3>Row {rowName(row)}, taken apart</h3>
        <dl>
          <dt>
            product Π <i>r</i>
          </dt>
          <dd>{ratio(anatomy.product)}</dd>
          <dt>
            geometric mean <i>s</i>
          </dt>
          <dd className="anatomy-s">{ratio(record.sequenceRatio[row]!)}</dd>
          <dt>
            range of <i>r</i>
          </dt>
          <dd>
            {count === 0 ? "no tokens" : `${ratio(anatomy.lowest)} to ${ratio(anatomy.highest)}`}
          </dd>
          {anatomy.reach && rule.kind === "hard" && (
            <>
              <dt title={REACH}>
                Π <i>r</i> in band
              </dt>
              <dd title={REACH}>
                {short(anatomy.reach.low, decimals)} to {short(anatomy.reach.high, decimals)}
              </dd>
            </>
          )}
        </dl>
      </div>
      <div className="anatomy-plot" ref={box}>
        <Strip
          {...props}
          anatomy={window === null ? anatomy : { ...anatomy, window }}
          rule={rule}
          width={width}
          factor={factor}
          onHold={(held) => setWindow(held ? anatomy.window : null)}
        />
      </div>
    </section>
  );
}

/** The tokens as the tried band would clip them. */
const wouldBe = (anatomy: Anatomy, rule: ClipRule, A: number): Anatomy => ({
  ...anatomy,
  tokens: anatomy.tokens.map(({ token, logRatio }) => {
    const clipped = rule.kind === "hard" && isCut(rule, A, Math.exp(logRatio));
    return { token, logRatio, clipped };
  }),
});

const short = (value: number, decimals: number): string =>
  value >= 1000 || value < 0.01
    ? format.scientific(value >= 1e10 || value < 1e-10 ? Number(value.toPrecision(1)) : value)
    : format.ratio(value, decimals);

const REACH =
  "With every r inside the clip band, the product of the tokens' ratios can still be anything in this range; s is its n-th root.";

/** Room for a clip limit's label such as 0.9997, in CSS pixels. */
const LIMIT_WIDTH = 48;

interface StripProps extends RowAnatomyProps {
  anatomy: Anatomy;
  rule: ClipRule;
  width: number;
  factor: number;
  /** A limit is being dragged, or has been let go. */
  onHold(held: boolean): void;
}

function Strip({ record, vocabulary, row, anatomy, rule, width, factor: F, ...link }: StripProps) {
  const id = useId().replaceAll(/[^a-zA-Z0-9]/g, "");
  const scale = useDivergingScale();
  const A = record.advantage[row]!;
  const side = bindingSide(A);
  const pad = 14 * F;
  const inner = Math.max(60, width - 2 * pad);
  const top = 18 * F;
  const height = 60 * F;
  const bottom = top + height;
  const x = (logRatio: number) =>
    pad + inner / 2 + (Math.max(-1.02, Math.min(1.02, logRatio / anatomy.window)) * inner) / 2;
  const s = x(anatomy.sequenceLog);
  const written = (ratio: number) => format.ratio(ratio, format.ratioDecimals(record.config));
  const lettered = anatomy.tokens.length <= 40;
  const each = anatomy.tokens.length <= 200;
  const size = lettered ? 16 * F : each ? 7 * F : 1.5;
  const lanes = swarm(
    anatomy.tokens.map(({ logRatio }) => x(logRatio)),
    size,
    lettered ? 3 : 6,
  );
  const laneY = (lane: number) =>
    lettered ? top + (22 + [0, -14, 14][lane]!) * F : top + (8 + 7 * lane) * F;

  // Hundreds of tokens are strokes of one path, not elements.
  const strokes = (cut: boolean) =>
    anatomy.tokens
      .flatMap(({ logRatio, clipped }, i) =>
        clipped === cut ? [`M${x(logRatio).toFixed(1)} ${laneY(lanes[i]!)}v6`] : [],
      )
      .join("");

  const limits = limitsOf(rule, A);
  // A narrow band's two labels would cover each other: they stand outside of it.
  const crowded =
    rule.kind === "hard" && x(Math.log(rule.high)) - x(safeLog(rule.low)) < LIMIT_WIDTH * F;
  const anchorOf = (at: number) => (!crowded ? "middle" : at < 1 ? "end" : "start");
  const clear = (crowded ? 1.5 : 0.8) * LIMIT_WIDTH * F;
  const ticks = ratioTicks(anatomy.window, inner).filter(({ ratio }) =>
    limits.every(({ at }) => Math.abs(x(Math.log(at)) - x(Math.log(ratio))) > clear),
  );
  const selected = [link.pinned, link.hover].filter((at) => at?.row === row);
  // The label of s stands on the side where the clip's own words are not.
  const left = side === "above" ? s > pad + 90 * F : s > pad + inner - 90 * F;
  const driving = record.level === "token" ? "grpo" : "gspo";
  const described = `Token ratios from ${written(anatomy.lowest)} to ${written(anatomy.highest)} on a log axis; the sequence ratio is ${written(record.sequenceRatio[row]!)}.`;
  return (
    <svg width={width} height={bottom + 20 * F} role="group" aria-label={described}>
      <Hatches id={id} />
      <rect className="anatomy-ground" x={pad} y={top} width={inner} height={height} />
      {rule.kind === "hard" && (
        <Span
          className={`anatomy-band-${driving}`}
          from={x(safeLog(rule.low))}
          to={x(Math.log(rule.high))}
          y={top}
          height={height}
        />
      )}
      {limits.map(({ at, side: cut }) =>
        cut === null ? null : (
          <Span
            key={`${cut}${at}`}
            fill={`url(#${id}-clip)`}
            from={cut === "below" ? pad : x(safeLog(at))}
            to={cut === "below" ? x(safeLog(at)) : pad + inner}
            y={top}
            height={height}
          />
        ),
      )}
      <path className="anatomy-one" d={`M${x(0)} ${top}V${bottom}`} />
      {limits.map(({ at, side: cut }) => (
        <g
          key={at}
          className={cut === null ? "anatomy-open" : `anatomy-limit anatomy-limit-${driving}`}
        >
          <path d={`M${x(safeLog(at))} ${top}V${bottom}`} />
          <text
            x={x(safeLog(at)) + (crowded ? Math.sign(at - 1) * 3 * F : 0)}
            y={bottom + 13 * F}
            style={{ textAnchor: anchorOf(at) }}
          >
            {format.limit(at)}
          </text>
        </g>
      ))}
      {rule.kind === "hard" && side !== null && (
        <text
          className={`anatomy-clips anatomy-clips-${driving}`}
          x={side === "above" ? pad + inner : pad}
          y={top - 6 * F}
          textAnchor={side === "above" ? "end" : "start"}
        >
          clips here: A {side === "above" ? "> 0" : "< 0"}
        </text>
      )}
      {rule.kind !== "hard" && (
        <text className="anatomy-clips" x={pad + inner} y={top - 6 * F} textAnchor="end">
          {clipNote(rule)}
        </text>
      )}
      {ticks.map(({ ratio, label }) => (
        <text key={label} className="anatomy-tick" x={x(Math.log(ratio))} y={bottom + 13 * F}>
          {label}
        </text>
      ))}
      <path
        className="anatomy-leader"
        d={`M${s} ${bottom - 11 * F}V${top - 10 * F}h${(left ? -8 : 8) * F}`}
      />
      <text
        className="anatomy-slabel"
        x={s + (left ? -11 : 11) * F}
        y={top - 6 * F}
        textAnchor={left ? "end" : "start"}
      >
        s = {written(record.sequenceRatio[row]!)}
      </text>
      {each ? (
        anatomy.tokens.map(({ token, logRatio, clipped }, i) => {
          const at = { row, token };
          const cx = x(logRatio);
          const cy = laneY(lanes[i]!);
          const marked = selected.some((each) => each?.token === token);
          return (
            <g
              key={token}
              className={`anatomy-token${clipped ? " anatomy-cut" : ""}${marked ? " anatomy-marked" : ""}`}
              onPointerEnter={() => link.onHover(at)}
              onPointerLeave={() => link.onHover(null)}
              onPointerDown={() => link.onPin(at)}
            >
              <circle
                cx={cx}
                cy={cy}
                r={size / 2 - 0.5}
                fill={clipped ? undefined : scale.fill(0.6 * Math.sign(A))}
              />
              {lettered && (
                <text
                  x={cx}
                  y={cy + 4 * F}
                  fill={clipped ? undefined : scale.ink(0.6 * Math.sign(A))}
                >
                  {tokenText(vocabulary, record.tokens[row * record.columns + token]!).slice(0, 1)}
                </text>
              )}
            </g>
          );
        })
      ) : (
        <>
          <path
            className="anatomy-many"
            d={strokes(false)}
            stroke={scale.fill(0.6 * Math.sign(A))}
          />
          <path className="anatomy-many anatomy-many-cut" d={strokes(true)} />
        </>
      )}
      {rule.kind === "hard" && link.onTry && (
        <LimitHandles
          rule={rule}
          both={record.config.epsilon_high === null}
          x={(ratio) => x(safeLog(ratio))}
          ratioAt={(at) => Math.exp(((at - pad - inner / 2) * 2 * anatomy.window) / inner)}
          top={top}
          bottom={bottom}
          onTry={link.onTry}
          onHold={link.onHold}
        />
      )}
      <path
        className="anatomy-diamond"
        d={`M${s} ${bottom - 18 * F}l${8 * F} ${8 * F}l${-8 * F} ${8 * F}l${-8 * F} ${-8 * F}z`}
      />
    </svg>
  );
}

/** The lines to draw; `side` says where that limit clips for this sign of A, null where it is open. */
function limitsOf(rule: ClipRule, A: number): { at: number; side: "above" | "below" | null }[] {
  if (rule.kind === "soft") return [];
  if (rule.kind === "cap") return [{ at: rule.cap, side: null }];
  const side = bindingSide(A);
  const cut = cutLimits(rule, A);
  const limits: ReturnType<typeof limitsOf> = [
    { at: rule.low, side: side === "below" ? "below" : null },
    { at: rule.high, side: side === "above" ? "above" : null },
  ];
  if (rule.delta !== null && Number.isFinite(cut.high) && cut.high !== rule.high) {
    limits.push({ at: cut.high, side: "above" });
  }
  return limits;
}

const safeLog = (ratio: number): number => (ratio > 0 ? Math.log(ratio) : -Infinity);

interface SpanProps {
  from: number;
  to: number;
  y: number;
  height: number;
  className?: string;
  fill?: string;
}

const Span = ({ from, to, ...rest }: SpanProps) => (
  <rect x={from} width={Math.max(0, to - from)} {...rest} />
);
