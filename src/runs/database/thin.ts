import { thinnedOut } from "../../record/thinned.ts";
import type { StoredRun } from "../stored-run.ts";
import { change, ignoreAbort, type Change } from "./change.ts";
import { ofRun, type Runs } from "./stores.ts";

/** A stored record, as its index knows it. */
interface RecordSize {
  step: number;
  generation: number;
  bytes: number;
}

/**
 * Thins a run's records until `enough` says so of the bytes kept, of all: the older half loses every
 * second generation, again and again, as the page's own records are thinned. The newest generation
 * stays. Returns the bytes that became free.
 */
export const thinRecords = (
  database: Runs,
  id: string,
  enough: (kept: number, all: number) => boolean,
): Promise<number> =>
  change(database, ["runs", "records"] as const, async (transaction) => {
    const all = await recordSizes(transaction, id);
    let kept = all;
    while (!enough(total(kept), total(all))) {
      const fewer = thin(kept);
      if (fewer.length === kept.length) break;
      kept = fewer;
    }
    if (kept.length === all.length) return 0;
    const staying = new Set(kept.map(({ step }) => step));
    const gone = all.filter(({ step }) => !staying.has(step));
    const freed = total(gone);
    const records = transaction.objectStore("records");
    const runs = transaction.objectStore("runs");
    const run = await runs.get(id);
    for (const { step } of gone) ignoreAbort(records.delete([id, step]));
    if (run !== undefined) ignoreAbort(runs.put(thinnedRun(run, gone.at(-1)!.step, freed)));
    return freed;
  });

const thinnedRun = (run: StoredRun, upTo: number, freed: number): StoredRun => ({
  ...run,
  bytes: Math.max(0, run.bytes - freed),
  thinned: `Up to step ${upTo} the figures of some generations were dropped for want of room; metrics are whole.`,
});

async function recordSizes(
  transaction: Change<readonly ["runs", "records"]>,
  id: string,
): Promise<RecordSize[]> {
  const sizes: RecordSize[] = [];
  let cursor = await transaction.objectStore("records").index("sizes").openKeyCursor(ofRun(id));
  while (cursor !== null) {
    const [, step, generation, bytes] = cursor.key;
    sizes.push({ step, generation, bytes });
    cursor = await cursor.continue();
  }
  return sizes;
}

function thin(kept: readonly RecordSize[]): RecordSize[] {
  const gone = thinnedOut([...new Set(kept.map(({ generation }) => generation))]);
  return kept.filter(({ generation }) => !gone.has(generation));
}

const total = (kept: readonly RecordSize[]): number =>
  kept.reduce((sum, { bytes }) => sum + bytes, 0);
