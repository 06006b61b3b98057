// Axes of ratios: logarithmic and symmetric around 1, so that 2 and ½ are equally far.

/** Half-widths in natural log that an axis may have; it widens in these steps only. */
const WINDOWS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.45, 0.7, 1, 1.5, 2.5, 4, 7, 12, 25];

/** The smallest window that holds `extent`, a distance from 1 in natural log. */
export const axisWindow = (extent: number): number =>
  WINDOWS.find((window) => window >= extent) ?? extent;

const STEPS = [
  1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1,
  0.2, 0.25, 0.5,
];
const WIDE = [1e-4, 1e-3, 1e-2, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 100, 1e3, 1e4];

export interface Tick {
  ratio: number;
  label: string;
}

/** Round ratios within ±`window`, at least `gap` pixels apart, starting from 1. */
export function ratioTicks(window: number, width: number, gap = 46): Tick[] {
  const toPixel = (ratio: number) => (Math.log(ratio) / window) * (width / 2);
  // Marks are closest at the upper end, so a step that fits there fits everywhere.
  const end = Math.exp(window);
  const step = STEPS.find((each) => each < end - 1 && toPixel(end) - toPixel(end - each) >= gap);
  const decimals = step === undefined ? 2 : Math.max(2, Math.ceil(-Math.log10(step)));
  const candidates = window > 1 || step === undefined ? WIDE : multiples(step, 1 / end, end);
  const inside = candidates.filter((ratio) => Math.abs(toPixel(ratio)) <= width / 2 + 0.5);
  const kept = [1];
  for (const side of [
    inside.filter((r) => r > 1 + SAME),
    inside.filter((r) => r < 1 - SAME).toReversed(),
  ]) {
    let last = 0;
    for (const ratio of side) {
      if (Math.abs(toPixel(ratio) - last) < gap) continue;
      last = toPixel(ratio);
      kept.push(ratio);
    }
  }
  return kept
    .toSorted((a, b) => a - b)
    .map((ratio) => ({
      ratio,
      label: window > 1 ? String(Number(ratio.toPrecision(2))) : ratio.toFixed(decimals),
    }));
}

/** Closer to 1 than any step, and farther than rounding. */
const SAME = 1e-9;

/** The multiples of `step` from `low` to `high`. */
function multiples(step: number, low: number, high: number): number[] {
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}
