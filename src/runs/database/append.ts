import type { StepReport } from "../../record/record.ts";
import { packReports } from "../packed-metrics.ts";
import type { StoredCheckpoint, StoredEvent, StoredRecords, StoredRun } from "../stored-run.ts";
import { change, ignoreAbort } from "./change.ts";
import { ALL, ofRun, type Runs } from "./stores.ts";

/** What a run in training has come to since it was last written. */
export interface RunProgress {
  /** The run as the trainer knows it; what people set in the meantime stays. */
  run: StoredRun;
  events: readonly StoredEvent[];
  reports: readonly StepReport[];
  records: readonly StoredRecords[];
  /** Takes the place of every older one. */
  checkpoint: StoredCheckpoint | null;
}

/**
 * Writes a stretch of training, all or nothing: the stored run's step, its reports, its events and
 * its checkpoint always belong together. Returns the run as it is stored now.
 */
export const append = (database: Runs, progress: RunProgress): Promise<StoredRun> =>
  change(database, ALL, async (transaction) => {
    const { run, events, reports, records, checkpoint } = progress;
    const { id } = run;
    const runs = transaction.objectStore("runs");
    const checkpoints = transaction.objectStore("checkpoints");
    const stored = await runs.get(id);
    const packed = reports.length === 0 ? null : packReports(id, reports);
    let bytes = (stored?.bytes ?? 0) + (packed?.bytes ?? 0);
    for (const each of records) bytes += each.bytes;
    for (const each of events) ignoreAbort(transaction.objectStore("events").put(each));
    for (const each of records) ignoreAbort(transaction.objectStore("records").put(each));
    if (packed !== null) ignoreAbort(transaction.objectStore("metrics").put(packed));
    if (checkpoint !== null) {
      let old = await checkpoints.index("sizes").openKeyCursor(ofRun(id));
      for (; old !== null; old = await old.continue()) bytes -= old.key[2];
      bytes += checkpoint.bytes;
      ignoreAbort(checkpoints.delete(ofRun(id)));
      ignoreAbort(checkpoints.put(checkpoint));
    }
    const next: StoredRun = { ...run, ...setByPeople(stored ?? run), bytes };
    ignoreAbort(runs.put(next));
    return next;
  });

/** What the page changes while the worker trains. */
const setByPeople = ({ name, note, colour, seedGroup, deletedAt, thinned }: StoredRun) => ({
  name,
  note,
  colour,
  seedGroup,
  deletedAt,
  thinned,
});
