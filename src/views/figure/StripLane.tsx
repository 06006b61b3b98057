import * as format from "../../analysis/format.ts";
import { ratioTicks } from "../../analysis/log-axis.ts";
import { bindingSide, type ClipRule, cutLimits } from "../../analysis/clip-rule.ts";

/** Room for a clip limit's label such as 0.9997, in CSS pixels. */
const LIMIT_WIDTH = 48;

interface StripLaneProps {
  rule: ClipRule;
  arm: "grpo" | "gspo";
  /** The row's advantage: its sign decides the side that clips. */
  advantage: number;
  /** Where the axis begins and how long it is, in CSS pixels. */
  from: number;
  length: number;
  top: number;
  bottom: number;
  /** Half-width of the axis in natural log. */
  window: number;
  /** Place of a log-ratio. */
  x(logRatio: number): number;
  factor: number;
  /** The hatch's id. */
  hatch: string;
  /** With the axis' round ratios below, not only the limits. */
  ticks: boolean;
}

/** The lane of one level in the strip plot: its clip band, the side that clips, its limits. */
export function StripLane(props: StripLaneProps) {
  const { rule, arm, advantage, from, length, top, bottom, x, factor: F } = props;
  const height = bottom - top;
  const limits = limitsOf(rule, advantage);
  // A narrow band's two labels would cover each other: they stand outside of it.
  const crowded =
    rule.kind === "hard" && x(Math.log(rule.high)) - x(safeLog(rule.low)) < LIMIT_WIDTH * F;
  const anchorOf = (at: number) => (!crowded ? "middle" : at < 1 ? "end" : "start");
  const clear = (crowded ? 1.5 : 0.8) * LIMIT_WIDTH * F;
  const ticks = ratioTicks(props.window, length).filter(({ ratio }) =>
    limits.every(({ at }) => Math.abs(x(safeLog(at)) - x(Math.log(ratio))) > clear),
  );
  return (
    <>
      <rect className="anatomy-ground" x={from} y={top} width={length} height={height} />
      {rule.kind === "hard" && (
        <Span
          className={`anatomy-band-${arm}`}
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
            fill={`url(#${props.hatch})`}
            from={cut === "below" ? from : x(safeLog(at))}
            to={cut === "below" ? x(safeLog(at)) : from + length}
            y={top}
            height={height}
          />
        ),
      )}
      <path className="anatomy-one" d={`M${x(0)} ${top}V${bottom}`} />
      {limits.map(({ at, side: cut }) => (
        <g
          key={at}
          className={cut === null ? "anatomy-open" : `anatomy-limit anatomy-limit-${arm}`}
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
      {props.ticks &&
        ticks.map(({ ratio, label }) => (
          <text key={label} className="anatomy-tick" x={x(Math.log(ratio))} y={bottom + 13 * F}>
            {label}
          </text>
        ))}
    </>
  );
}

/** The lines to draw; `side` says where that limit clips for this sign of A, null where it is open. */
function limitsOf(rule: ClipRule, A: number): { at: number; side: "above" | "below" | null }[] {
  if (rule.kind === "soft") return [];
  if (rule.kind === "cap") {
    return [rule.cap, ...(rule.floor > 0 ? [rule.floor] : [])].map((at) => ({ at, side: null }));
  }
  const side = bindingSide(A);
  const cut = cutLimits(rule, A);
  const limits: ReturnType<typeof limitsOf> = [
    { at: rule.low, side: side === "below" ? "below" : null },
    { at: rule.high, side: side === "above" ? "above" : null },
  ];
  if (Number.isFinite(cut.high) && cut.high !== rule.high) {
    limits.push({ at: cut.high, side: "above" });
  }
  return limits;
}

/** The log of a ratio; what no limit can hold lies beyond the axis. */
export const safeLog = (ratio: number): number => (ratio > 0 ? Math.log(ratio) : -Infinity);

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
