// The ends of a chart's axes: round numbers that only grow.

/**
 * An end for a value axis: the first of 1, 2, 2.5, 5 × 10ⁿ at or beyond `value`, away from 0; at
 * least `before`, so that an axis never shrinks.
 */
export function axisEnd(value: number, before: number): number {
  if (!Number.isFinite(value) || Math.abs(value) <= Math.abs(before)) return before;
  return Math.sign(value) * roundUp(Math.abs(value), [1, 2, 2.5, 5, 10]);
}

/** Four ticks of the step axis, from 0; the last is the end, at least 30. */
export function stepTicks(step: number): readonly number[] {
  const third = roundUp(Math.max(step, 30) / 3, [1, 2, 4, 8, 10]);
  return [0, third, 2 * third, 3 * third];
}

function roundUp(value: number, steps: readonly number[]): number {
  const size = 10 ** Math.floor(Math.log10(value));
  const slack = 1 + 1e-9;
  return size * (steps.find((each) => value <= each * size * slack) ?? 10);
}
