/** Runs of `width` numbers, each padded with zeros to `stride`. */
export function pad(values: readonly number[], width: number, stride: number): number[] {
  const padded = new Array<number>((values.length / width) * stride).fill(0);
  values.forEach((value, i) => {
    padded[Math.floor(i / width) * stride + (i % width)] = value;
  });
  return padded;
}

/** The padding taken out again; throws where it is not zero. */
export function unpad(values: readonly number[], width: number, stride: number): number[] {
  return values.filter((value, i) => {
    if (i % stride < width) return true;
    if (value !== 0) throw new Error(`padding at ${i} is ${value}`);
    return false;
  });
}

/** Up to `count` indices spread over `length`, the ends included. */
export const spread = (length: number, count: number): number[] =>
  length <= count
    ? Array.from({ length }, (_, i) => i)
    : Array.from({ length: count }, (_, i) => Math.floor((i * (length - 1)) / (count - 1)));

/** Central differences in float64 at some indices only. */
export function gradientAt(
  f: (at: readonly number[]) => number,
  at: readonly number[],
  indices: readonly number[],
  h = 1e-5,
): number[] {
  const nudged = [...at];
  return indices.map((i) => {
    nudged[i] = at[i]! + h;
    const above = f(nudged);
    nudged[i] = at[i]! - h;
    const below = f(nudged);
    nudged[i] = at[i]!;
    return (above - below) / (2 * h);
  });
}
