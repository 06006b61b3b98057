import { clipRuleAt, cutLimits } from "../../analysis/clip-rule.ts";
import type { StepRecord } from "../../record/record.ts";
import type { FigureNumber } from "./cells.ts";

/**
 * How the log-ratios of one row stand in it: 0 in the middle, what became more likely above. Both
 * figures and all inner steps of a rollout share one scale, so that heights can be compared.
 */
export interface Skyline {
  /** Of a ratio of 1, in CSS pixels from the row's top. */
  ground: number;
  /** Height of a log-ratio, upwards; what is beyond the scale ends at the row's edge. */
  rise(logRatio: number): number;
}

/** @param reach - The |log-ratio| that fills the half of a row. */
export function skyline(height: number, reach: number): Skyline {
  const half = height / 2;
  return {
    ground: half,
    rise: (logRatio) => Math.max(-1, Math.min(1, logRatio / reach)) * (half - 1),
  };
}

/** From the ground to a height, as a rectangle: never less than a line. */
export function tower({ ground, rise }: Skyline, logRatio: number): { y: number; height: number } {
  const up = rise(logRatio);
  return { y: up > 0 ? ground - up : ground - 0.5, height: Math.max(1, Math.abs(up)) };
}

/**
 * What clipping takes of a row's height, from the limit that binds this row to the edge: above for
 * A > 0, below for A < 0. Null where the limit lies beyond the scale, or nothing clips hard.
 */
export function closedSky(
  record: StepRecord,
  row: number,
  figure: FigureNumber,
  { ground, rise }: Skyline,
): { limit: number; y: number; height: number } | null {
  const rule = clipRuleAt(record, figure === 3 ? "token" : "sequence");
  if (rule.kind !== "hard") return null;
  const { low, high } = cutLimits(rule, record.advantage[row]!);
  const above = Number.isFinite(high);
  const up = rise(Math.log(above ? high : Math.max(low, 0)));
  const room = ground - Math.abs(up);
  if (room <= 1.5) return null;
  const limit = ground - up;
  return above ? { limit, y: 0, height: limit } : { limit, y: limit, height: 2 * ground - limit };
}

/** From a glyph to the line that it stands clear of, CSS pixels: half of the line and a little. */
const CLEAR = 2.25;

/** Of a glyph at 13 px with a little ground beside it, half of its width, CSS pixels. */
const GROUND = 8;

/** A row's one ratio as a line at height `y`; `gaps`: it leaves out the ground of each token. */
export function roofPath(y: number, cell: number, length: number, gaps: number | null): string {
  const end = length * cell - 1;
  if (gaps === null) return `M0 ${y}H${end}`;
  const around = Math.min(GROUND * gaps, cell / 2);
  return Array.from({ length: length + 1 }, (_, token) => {
    const from = token === 0 ? 0 : (token - 0.5) * cell + around;
    return `M${from} ${y}H${token === length ? end : (token + 0.5) * cell - around}`;
  }).join("");
}

/**
 * The baseline of a row's tokens beside the row's one ratio, which is a line and would strike them: at
 * `wanted` where the line is far, else right above it or, where there is no room, below it. In a row of
 * less than three glyphs they keep their place: moved, they would touch those of the row beside it.
 *
 * @param cap - Height of the glyphs.
 */
export function besideRoof(
  { ground, rise }: Skyline,
  logRatio: number,
  wanted: number,
  cap: number,
): number {
  const line = ground - rise(logRatio);
  if (2 * ground < 3 * cap) return wanted;
  if (line >= wanted + CLEAR || line <= wanted - cap - CLEAR) return wanted;
  const [above, below] = [line - CLEAR, line + CLEAR + cap];
  // The room that a digit has above itself may stand out of the row.
  if (above >= cap - 0.5) return above;
  return below <= 2 * ground ? below : wanted;
}
