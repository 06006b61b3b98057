import { byteText } from "../../base/byte-size.ts";
import { deleteRuns } from "./detail.ts";
import type { Runs } from "./stores.ts";
import { thinRecords } from "./thin.ts";

/** Share of what the browser grants this origin that runs take, and the most in any case. */
const SHARE = 0.5;
const MOST = 4 * 2 ** 30;
/** Taken where the browser does not say. */
const UNKNOWN = 256 * 2 ** 20;

/** Bytes that runs may take, by what the browser grants. */
export const budgetOf = (estimate: StorageEstimate | null): number =>
  Math.min(MOST, SHARE * (estimate?.quota ?? UNKNOWN));

/** Bytes that all runs take, as they were counted while they were written. */
export async function bytesOfAll(database: Runs): Promise<number> {
  const runs = await database.getAll("runs");
  return runs.reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * Frees `wanted` bytes, the least missed first: deleted runs, then the figures of the runs that
 * were trained longest ago, then those of `current`'s older half. Returns what it did, as a
 * sentence, or null when there was nothing to free.
 */
export async function freeSpace(
  database: Runs,
  current: string,
  wanted: number,
): Promise<string | null> {
  const runs = await database.getAll("runs");
  const binned = runs.filter(({ deletedAt, id }) => deletedAt !== null && id !== current);
  let freed = binned.reduce((sum, { bytes }) => sum + bytes, 0);
  if (binned.length > 0)
    await deleteRuns(
      database,
      binned.map(({ id }) => id),
    );
  if (freed >= wanted) return `${byteText(freed)} of deleted runs were cleared to make room.`;
  const gone = new Set(binned);
  const others = runs
    .filter((run) => !gone.has(run) && run.id !== current)
    .toSorted((a, b) => a.updatedAt - b.updatedAt);
  const thinned: string[] = [];
  for (const { id, name } of [...others, ...runs.filter(({ id }) => id === current)]) {
    const took = await thinRecords(database, id, (kept, all) => freed + all - kept >= wanted);
    if (took > 0) thinned.push(name);
    freed += took;
    if (freed >= wanted) break;
  }
  if (freed === 0) return null;
  const of = thinned.length === 1 ? `"${thinned[0]}"` : `${thinned.length} runs`;
  return `${byteText(freed)} of older figures of ${of} were dropped to make room; metrics are whole.`;
}
