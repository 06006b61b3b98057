/** The name with the fewest edits to what was given, if that is near enough to be what was meant. */
export function nearest(given: string, names: readonly string[]): string | undefined {
  const short = given.slice(0, 64).toLowerCase();
  const ranked = names
    .map((name) => ({ name, edits: distance(short, name.toLowerCase()) }))
    .toSorted((a, b) => a.edits - b.edits)[0];
  return ranked && ranked.edits <= Math.max(2, ranked.name.length / 3) ? ranked.name : undefined;
}

/** Levenshtein distance, row by row. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
