import { newestRecords } from "../../runs/newest-records.ts";
import type { StoredRun } from "../../runs/stored-run.ts";
import { lookAt } from "../run/actions.ts";
import { RECORD_BYTES } from "../../record/retained-records.ts";
import { withRuns } from "./runs.ts";
import { receive } from "../run/run-store.ts";

/** Most steps whose records are read: the slider cannot tell more apart. */
const MOST_STEPS = 400;

/** Puts a stored run on screen to look at; training pauses, and its run is not touched. */
export async function openStoredRun(run: StoredRun): Promise<void> {
  const found = await withRuns(async (runs) => ({
    reports: await runs.reports(run.id),
    events: await runs.events(run.id),
    records: await newestRecords(runs, run.id, { bytes: RECORD_BYTES, steps: MOST_STEPS }),
  }));
  if (found === null) return;
  const { reports, records, events } = found;
  const recording = { run: run.run, reports, records };
  lookAt({ id: run.id, name: run.name, recording, events });
}

/** Puts the page's own run on screen again. */
export const closeStoredRun = (): void => receive({ type: "closed" });
