// Figures as rows of Markdown tables.

/** @typedef {import("./contest.mjs").Line} Line */

/** @param {readonly number[]} values */
export const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2
    ? /** @type {number} */ (sorted[half])
    : (Number(sorted[half - 1]) + Number(sorted[half])) / 2;
};

/** @param {number} ms */
const time = (ms) =>
  ms < 1000 ? `${Number(ms.toPrecision(3))} ms` : `${(ms / 1000).toFixed(2)} s`;

/**
 * Median of the rounds' medians, fastest and slowest run of all, runs in all.
 * @param {readonly Line[]} lines
 */
export function timing(lines) {
  const fastest = Math.min(...lines.map(({ min }) => min));
  const slowest = Math.max(...lines.map(({ max }) => max));
  const n = lines.reduce((sum, line) => sum + line.n, 0);
  return `${time(median(lines.map(({ ms }) => ms)))} (${time(fastest)}–${time(slowest)}, n ${n})`;
}

/**
 * The median of some ratios and how far they are apart.
 * @param {readonly number[]} ratios
 */
export function spread(ratios) {
  // One below 1 has as many digits as one above.
  const short = (/** @type {number} */ ratio) => ratio.toFixed(ratio < 1 ? 2 : 1);
  return `**${short(median(ratios))}** (${short(Math.min(...ratios))}–${short(Math.max(...ratios))})`;
}

/**
 * @param {readonly string[]} heading
 * @param {readonly (readonly string[])[]} rows
 */
export const table = (heading, rows) =>
  [heading, heading.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

/** Kernels that have a row of their own. */
const MOST_KERNELS = 16;

/**
 * Dispatches, milliseconds and share of each kernel, by its time in the first of `steps`; the rest in
 * one row.
 * @param {readonly Record<string, number>[]} steps milliseconds by kernel
 * @param {readonly Record<string, number>[]} dispatches
 */
export function kernelRows(steps, dispatches) {
  const totals = steps.map((step) => Object.values(step).reduce((sum, ms) => sum + ms, 0));
  const names = Object.keys(steps[0] ?? {});
  const sumOf = (
    /** @type {Record<string, number> | undefined} */ all,
    /** @type {readonly string[]} */ members,
  ) => members.reduce((sum, each) => sum + (all?.[each] ?? 0), 0);
  const cell = (/** @type {number} */ ms, /** @type {number} */ i) =>
    `${time(ms)} (${((100 * ms) / (totals[i] ?? NaN)).toFixed(1)} %)`;
  const row = (/** @type {string} */ name, /** @type {readonly string[]} */ members) => [
    name,
    ...steps.flatMap((step, i) => [
      String(sumOf(dispatches[i], members)),
      cell(sumOf(step, members), i),
    ]),
  ];
  return [
    ...names.slice(0, MOST_KERNELS).map((name) => row(name, [name])),
    row("all others", names.slice(MOST_KERNELS)),
  ];
}
