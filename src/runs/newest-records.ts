import type { StepRecord } from "../record/record.ts";
import type { RunDatabase } from "./stored-run.ts";

/** What is read of a run's records at most. */
export interface RecordsLimit {
  /** As many as are read whole, the newest in any case. */
  bytes: number;
  /** Steps, evenly chosen with the newest; left out: all. */
  steps?: number;
}

/** The newest stored records of a run, in order of step; what does not fit is the oldest. */
export async function newestRecords(
  runs: Pick<RunDatabase, "recordSteps" | "records">,
  id: string,
  most: RecordsLimit,
): Promise<StepRecord[]> {
  const steps = evenly(await runs.recordSteps(id), most.steps ?? Infinity);
  const found: StepRecord[][] = [];
  let bytes = 0;
  for (const step of steps.toReversed()) {
    const stored = await runs.records(id, step);
    if (stored === null) continue;
    bytes += stored.bytes;
    if (bytes > most.bytes && found.length > 0) break;
    found.push([...stored.records]);
  }
  return found.toReversed().flat();
}

/** At most `most` of the items, evenly spread, with the last. */
export function evenly<T>(items: readonly T[], most: number): T[] {
  const stride = Math.max(1, Math.ceil(items.length / most));
  return items.filter((_, index) => (items.length - 1 - index) % stride === 0);
}
