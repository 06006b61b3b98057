import type { XAxis } from "./chart-view.ts";

// The axes of a chart: round numbers whose ends only grow.

/**
 * An end for a value axis: the first of 1, 2, 2.5, 5 × 10ⁿ at or beyond `value`, away from 0; at
 * least `before`, so that an axis never shrinks.
 */
export function axisEnd(value: number, before: number): number {
  if (!Number.isFinite(value) || Math.abs(value) <= Math.abs(before)) return before;
  return Math.sign(value) * roundUp(Math.abs(value), [1, 2, 2.5, 5, 10]);
}

/** A value axis: its ends, and the two to four values that are written beside it. */
export interface ValueAxis {
  bottom: number;
  top: number;
  ticks: readonly number[];
  log: boolean;
}

/** A linear axis from 0, or from below where values are, to `top` or beyond it. */
export function linearAxis(values: Iterable<number>, top: number): ValueAxis {
  let [low, high] = [0, top];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const bottom = axisEnd(low, 0);
  const end = axisEnd(high, top);
  // Nothing but zeros: any height will do.
  const filled = bottom === end ? 1 : end;
  const middle = bottom < 0 ? 0 : filled / 2;
  return { bottom, top: filled, ticks: [...new Set([bottom, middle, filled])], log: false };
}

/** A logarithmic axis over whole decades; null where no value is above 0. */
export function logAxis(values: Iterable<number>): ValueAxis | null {
  let [low, high] = [Infinity, 0];
  for (const value of values) {
    if (value <= 0) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (high === 0) return null;
  // 1e-3 is a hair off in floating point: it is its own decade, not the one above or below.
  const slack = 1e-9;
  const from = Math.floor(Math.log10(low) + slack);
  const to = Math.max(from + 1, Math.ceil(Math.log10(high) - slack));
  const stride = Math.ceil((to - from) / 3);
  const ticks = Array.from(
    { length: Math.floor((to - from) / stride) + 1 },
    (_, index) => 10 ** (from + stride * index),
  );
  return { bottom: 10 ** from, top: 10 ** to, ticks, log: true };
}

/** The least that an axis reaches: 30 steps, 3000 tokens, 6 seconds. */
const LEAST: Readonly<Record<XAxis, number>> = { step: 30, tokens: 3000, time: 6 };

/** Four ticks of the x axis, from 0; the last is the end. */
export function xTicks(last: number, axis: XAxis): readonly number[] {
  const third = roundUp(Math.max(last, LEAST[axis]) / 3, [1, 2, 4, 8, 10]);
  return [0, third, 2 * third, 3 * third];
}

function roundUp(value: number, steps: readonly number[]): number {
  const size = 10 ** Math.floor(Math.log10(value));
  const slack = 1 + 1e-9;
  return size * (steps.find((each) => value <= each * size * slack) ?? 10);
}
