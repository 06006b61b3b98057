/**
 * The entropy above which `top_entropy_quantile` keeps tokens; 0 where there are none.
 *
 * Linear between ranks, in single precision like shaders/objective/entropy-mask.wgsl: which token is
 * the last one kept depends on the rounding.
 */
export function entropyQuantile(values: Float32Array, q: number): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted();
  const rank = Math.fround(Math.fround(q) * Math.fround(sorted.length - 1));
  const below = Math.floor(rank);
  const a = sorted[below]!;
  const b = sorted[Math.min(below + 1, sorted.length - 1)]!;
  const part = Math.fround(rank - below);
  const step = Math.fround(b - a);
  return part < 0.5
    ? Math.fround(a + Math.fround(part * step))
    : Math.fround(b - Math.fround(step * Math.fround(1 - part)));
}
