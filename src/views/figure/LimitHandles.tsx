import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import type { Band } from "../../analysis/epsilon.ts";
import * as format from "../../analysis/format.ts";
import type { ClipRule } from "../../analysis/clip-rule.ts";

interface LimitHandlesProps {
  rule: Extract<ClipRule, { kind: "hard" }>;
  /** The level's name, e.g. "GRPO". */
  of: string;
  /** One ε for both sides: the other limit moves along. */
  both: boolean;
  /** Place of a ratio, and the ratio at a place. */
  x(ratio: number): number;
  ratioAt(x: number): number;
  top: number;
  bottom: number;
  onTry(band: Band | null): void;
  onHold(held: boolean): void;
}

const LEAST = 1e-4;
const MOST = 0.95;

/** The two limits of the clip band as sliders: drag them, or arrow keys; Escape puts them back. */
export function LimitHandles(props: LimitHandlesProps) {
  const { rule, of, both, x, ratioAt, top, bottom, onTry, onHold } = props;
  const held = useRef(false);
  const band: Band = { low: round(1 - rule.low), high: round(rule.high - 1) };
  // At the lane's lower edge: in its middle it would stand over a token that is near the limit.
  const grip = Math.min(14, 0.6 * (bottom - top));
  const set = (side: keyof Band, epsilon: number) => {
    const value = round(Math.min(MOST, Math.max(LEAST, epsilon)));
    onTry(both ? { low: value, high: value } : { ...band, [side]: value });
  };
  const hold = (is: boolean) => {
    held.current = is;
    onHold(is);
  };
  const drag = (side: keyof Band) => (event: PointerEvent<SVGElement>) => {
    const svg = event.currentTarget.ownerSVGElement;
    if (!held.current || !svg) return;
    const ratio = ratioAt(event.clientX - svg.getBoundingClientRect().left);
    set(side, side === "low" ? 1 - ratio : ratio - 1);
  };
  const press = (side: keyof Band) => (event: KeyboardEvent) => {
    const outwards = side === "low" ? "ArrowLeft" : "ArrowRight";
    const inwards = side === "low" ? "ArrowRight" : "ArrowLeft";
    // A tenth of the present size a press: small bands move finely.
    const by = new Map([
      [outwards, 1.1],
      ["ArrowUp", 1.1],
      [inwards, 1 / 1.1],
      ["ArrowDown", 1 / 1.1],
      ["PageUp", 2],
      ["PageDown", 0.5],
    ]).get(event.key);
    if (by !== undefined) set(side, band[side] * by);
    else if (event.key === "Escape") onTry(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (["low", "high"] as const).map((side) => {
    const ratio = side === "low" ? rule.low : rule.high;
    const at = x(ratio);
    if (!Number.isFinite(at)) return null;
    return (
      <g
        key={side}
        className="anatomy-handle"
        role="slider"
        tabIndex={0}
        aria-label={`${side === "low" ? "Lower" : "Upper"} clip limit of ${of}`}
        aria-valuemin={side === "low" ? 1 - MOST : 1 + LEAST}
        aria-valuemax={side === "low" ? 1 - LEAST : 1 + MOST}
        aria-valuenow={ratio}
        aria-valuetext={`${format.limit(ratio)}, ε ${format.setting(band[side])}`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          hold(true);
        }}
        onPointerMove={drag(side)}
        onPointerUp={() => hold(false)}
        onPointerCancel={() => hold(false)}
        onKeyDown={press(side)}
      >
        <rect x={at - 8} y={top} width={16} height={bottom - top} fill="transparent" />
        <path className="anatomy-grip" d={`M${at} ${bottom + 3 - grip}v${grip}`} />
      </g>
    );
  });
}

/** ε to three digits: what is shown is what is tried. */
const round = (epsilon: number): number => Number(epsilon.toPrecision(3));
