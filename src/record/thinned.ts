/**
 * The generations that go where records take too much room: of the older half every second one.
 * Whole generations, so that the inner steps of one stay together; the newest always stays, and so
 * does `held`. Empty where none can go.
 *
 * @param generations in their order, each once
 */
export function thinnedOut(generations: readonly number[], pinned?: number): ReadonlySet<number> {
  const half = Math.max(2, Math.floor(generations.length / 2));
  const older = generations.slice(0, Math.min(half, generations.length - 1));
  return new Set(older.filter((generation, index) => index % 2 === 0 && generation !== pinned));
}
