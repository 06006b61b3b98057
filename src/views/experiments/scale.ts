import type { Axis } from "../../experiments/experiment.ts";

/** An axis of a picture: where values lie, 0 to 1, and which are written. */
export interface Scale {
  ticks: readonly number[];
  /** 0 at the axis' beginning, 1 at its end; NaN where a logarithmic axis has no place. */
  at(value: number): number;
}

const STEPS = [1, 2, 5] as const;
/** Most ticks of a logarithmic one. */
const MOST = 5;
/** Room beyond the values on a logarithmic axis, as a factor. */
const ROOM = 1.12;

interface Ticked {
  /** Parts of a linear axis, about. */
  parts: number;
  /** It ends where the values do. */
  tight?: boolean;
}

/** A scale that holds all values; of shares it begins at 0. */
export const scaleOf = (
  values: readonly number[],
  axis: Axis,
  { parts, tight = false }: Ticked,
): Scale =>
  axis.log
    ? logScale(values.filter((value) => value > 0))
    : tight
      ? tightScale(values, parts)
      : linearScale(values, axis, parts);

function tightScale(values: readonly number[], parts: number): Scale {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const step = niceBelow((high - low || 1) / parts);
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  const ticks = Array.from({ length: Math.max(0, count) }, (_, i) => round((first + i) * step));
  return { ticks, at: (value) => (value - low) / (high - low || 1) };
}

function linearScale(values: readonly number[], { share }: Axis, parts: number): Scale {
  const low = Math.min(...values, ...(share ? [0] : []));
  const high = Math.max(...values);
  const step = niceStep((high - low || Math.abs(high) || 1) / parts);
  const [from, to] = [
    Math.floor(low / step),
    Math.max(Math.ceil(high / step), Math.floor(low / step) + 1),
  ];
  const ticks = Array.from({ length: to - from + 1 }, (_, i) => round((from + i) * step));
  return { ticks, at: (value) => (value / step - from) / (to - from) };
}

function logScale(values: readonly number[]): Scale {
  if (values.length === 0) return { ticks: [], at: () => Number.NaN };
  const [low, high] = [Math.min(...values) / ROOM, Math.max(...values) * ROOM];
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const decades = Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
  const along = (steps: readonly number[]): number[] =>
    decades
      .flatMap((decade) => steps.map((step) => round(step * decade)))
      .filter((tick) => tick >= low && tick <= high);
  const coarse = along(STEPS);
  // Of less than a decade 1, 2 and 5 may leave one value, which is no scale.
  const inside = coarse.length > 2 ? coarse : along([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const whole = inside.filter((tick) => decades.some((decade) => round(decade) === tick));
  const ticks = inside.length <= MOST ? inside : whole.length >= 2 ? whole : spread(inside);
  return {
    ticks,
    at: (value) => (value > 0 ? Math.log(value / low) / Math.log(high / low) : Number.NaN),
  };
}

/** Every second one, with the first. */
const spread = (ticks: readonly number[]): number[] => ticks.filter((_, i) => i % 2 === 0);

/** The first of 1, 2, 5 × 10ⁿ that is not smaller. */
function niceStep(size: number): number {
  const decade = 10 ** Math.floor(Math.log10(size));
  return decade * (STEPS.find((step) => size <= step * decade * (1 + 1e-9)) ?? 10);
}

/** The last of 1, 2, 5 × 10ⁿ that is not larger. */
function niceBelow(size: number): number {
  const decade = 10 ** Math.floor(Math.log10(size));
  return decade * (STEPS.findLast((step) => step * decade <= size * (1 + 1e-9)) ?? 1);
}

/** Without the last bits of sums of tenths. */
const round = (value: number): number => Number(value.toPrecision(10));
