import type { StepRecord } from "../../record/record.ts";
import type { RunDatabase, StoredRun } from "../../runs/stored-run.ts";
import { pause } from "../run/actions.ts";
import { RECORD_BYTES } from "../../record/retained-records.ts";
import { withRuns } from "./runs.ts";
import { receive, useRun } from "../run/session.ts";

/** Puts a stored run on screen to look at; training pauses, and its run is not touched. */
export async function openStoredRun(run: StoredRun): Promise<void> {
  if (useRun.getState().status === "playing") pause();
  const found = await withRuns(async (runs) => ({
    reports: await runs.reports(run.id),
    events: await runs.events(run.id),
    records: await recordsOf(runs, run.id),
  }));
  if (found === null) return;
  const { reports, records, events } = found;
  const recording = { run: run.run, reports, records };
  receive({ type: "opened", id: run.id, name: run.name, recording, events });
}

/** Puts the page's own run on screen again. */
export const closeStoredRun = (): void => receive({ type: "closed" });

/** Most steps whose records are read: the slider cannot tell more apart. */
const MOST_STEPS = 400;

/** Records of at most so many steps, evenly chosen with the newest, within the page's memory. */
async function recordsOf(runs: RunDatabase, id: string): Promise<StepRecord[]> {
  const stored = await runs.recordSteps(id);
  const records: StepRecord[][] = [];
  let bytes = 0;
  // From the newest, so that what does not fit is the oldest.
  for (const step of evenly(stored, MOST_STEPS).toReversed()) {
    const found = await runs.records(id, step);
    if (found === null) continue;
    bytes += found.bytes;
    if (bytes > RECORD_BYTES && records.length > 0) break;
    records.push([...found.records]);
  }
  return records.toReversed().flat();
}

/** At most `most` of the items, evenly spread, with the last. */
export function evenly<T>(items: readonly T[], most: number): T[] {
  const stride = Math.max(1, Math.ceil(items.length / most));
  return items.filter((_, index) => (items.length - 1 - index) % stride === 0);
}
