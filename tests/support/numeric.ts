/** A deterministic closed form with no symmetry: sin(1 + i·step). */
export const wave = (length: number, step: number): number[] =>
  Array.from({ length }, (_, i) => Math.sin(1 + i * step));

export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** Central differences in float64: a gradient nobody had to derive. */
export function gradient(f: (at: number[]) => number, at: readonly number[], h = 1e-5): number[] {
  const nudge = (i: number, by: number) => at.map((value, j) => (i === j ? value + by : value));
  return at.map((_, i) => (f(nudge(i, h)) - f(nudge(i, -h))) / (2 * h));
}

/**
 * Compares element by element and names the worst. `rtol` is relative to the largest magnitude
 * expected, `atol` is added; NaN on either side is the worst of all.
 */
export function expectClose(
  actual: readonly number[],
  expected: readonly number[],
  { rtol = 1e-5, atol = 1e-7 }: { rtol?: number; atol?: number } = {},
): void {
  if (actual.length < expected.length) {
    throw new Error(`${actual.length} values where ${expected.length} were expected`);
  }
  const scale = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const allowed = rtol * scale + atol;
  let worst = -1;
  let worstError = -1;
  expected.forEach((value, i) => {
    const difference = Math.abs(actual[i]! - value);
    const error = Number.isNaN(difference) ? Infinity : difference;
    if (error > worstError) [worst, worstError] = [i, error];
  });
  if (worst >= 0 && !(worstError <= allowed)) {
    throw new Error(
      `element ${worst}: ${actual[worst]} where ${expected[worst]} was expected ` +
        `(off by ${worstError.toExponential(2)}, allowed ${allowed.toExponential(2)})`,
    );
  }
}
