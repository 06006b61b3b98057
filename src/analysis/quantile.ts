/**
 * The value at `share` (0 to 1) of the way through the sorted values, between two neighbours by
 * their distance. Reorders `values`, and takes linear time where sorting would not.
 */
export function quantile(values: Float64Array, share: number): number {
  const at = (values.length - 1) * share;
  const lower = Math.floor(at);
  select(values, lower);
  const low = values[lower]!;
  if (at === lower) return low;
  let next = Infinity;
  for (let i = lower + 1; i < values.length; i++) if (values[i]! < next) next = values[i]!;
  return low + (next - low) * (at - lower);
}

/** Puts the `k`-th smallest value at `k`, nothing larger before it, nothing smaller after. */
function select(values: Float64Array, k: number): void {
  let [from, to] = [0, values.length - 1];
  while (from < to) {
    const pivot = middleOf(values[from]!, values[(from + to) >> 1]!, values[to]!);
    let [i, j] = [from, to];
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      [values[i], values[j]] = [values[j]!, values[i]!];
      i++;
      j--;
    }
    if (k <= j) to = j;
    else if (k >= i) from = i;
    else return;
  }
}

const middleOf = (a: number, b: number, c: number): number =>
  Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
