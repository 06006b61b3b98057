/**
 * Places as near to the wanted ones as `gap` between neighbours allows, in their order and, where
 * there is room for all, between `low` and `high`.
 */
export function spreadOut(
  wanted: readonly number[],
  gap: number,
  { low, high }: { low: number; high: number },
): number[] {
  const order = wanted.map((_, index) => index).toSorted((a, b) => wanted[a]! - wanted[b]!);
  const places = new Array<number>(wanted.length);
  let least = low;
  for (const index of order) {
    places[index] = Math.max(least, wanted[index]!);
    least = places[index]! + gap;
  }
  // What reaches beyond the end is pushed back, the last one first.
  let most = high;
  for (const index of order.toReversed()) {
    places[index] = Math.min(most, places[index]!);
    most = places[index]! - gap;
  }
  return places;
}
