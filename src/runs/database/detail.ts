import type { StepReport } from "../../record/record.ts";
import type { WholeRun } from "../stored-run.ts";
import { packReports, unpackReports } from "../packed-metrics.ts";
import { change, ignoreAbort } from "./change.ts";
import { unknownRun } from "./failure.ts";
import { ALL, DETAIL, ofRun, type Runs } from "./stores.ts";

/** Everything that is stored of a run, as of one moment. */
export async function readWhole(database: Runs, id: string): Promise<WholeRun> {
  const transaction = database.transaction(ALL);
  const range = ofRun(id);
  const [run, events, metrics, records, checkpoints] = await Promise.all([
    transaction.objectStore("runs").get(id),
    transaction.objectStore("events").getAll(range),
    transaction.objectStore("metrics").getAll(range),
    transaction.objectStore("records").getAll(range),
    transaction.objectStore("checkpoints").getAll(range),
    transaction.done,
  ]);
  if (run === undefined) throw unknownRun(id);
  const reports = metrics.map((packed) => ({
    run: id,
    from: packed.from,
    reports: unpackReports(packed),
  }));
  return { run, events, metrics: reports, records, checkpoints };
}

/** The reports of a run's newest `steps` steps, in order: nothing older is read. */
export async function readNewestReports(
  database: Runs,
  id: string,
  steps: number,
): Promise<StepReport[]> {
  const stretches: StepReport[][] = [];
  const metrics = database.transaction("metrics").store;
  let [cursor, newest] = [await metrics.openCursor(ofRun(id), "prev"), Number.NaN];
  for (; cursor !== null; cursor = await cursor.continue()) {
    const reports = unpackReports(cursor.value);
    if (Number.isNaN(newest)) newest = reports.at(-1)!.step;
    stretches.unshift(reports.filter(({ step }) => step > newest - steps));
    if (cursor.value.from <= newest - steps + 1) break;
  }
  return stretches.flat();
}

/** Stores a run and its detail under the run's id, all or nothing. */
export async function writeWhole(database: Runs, whole: WholeRun): Promise<void> {
  const { id } = whole.run;
  const packed = whole.metrics
    .filter(({ reports }) => reports.length > 0)
    .map(({ reports }) => packReports(id, reports));
  const sizes = [...packed, ...whole.records, ...whole.checkpoints];
  const bytes = sizes.reduce((sum, each) => sum + each.bytes, 0);
  const owned = <T>(each: T) => ({ ...each, run: id });
  await change(database, ALL, async (transaction) => {
    ignoreAbort(transaction.objectStore("runs").put({ ...whole.run, bytes }));
    for (const each of whole.events)
      ignoreAbort(transaction.objectStore("events").put(owned(each)));
    for (const each of packed) ignoreAbort(transaction.objectStore("metrics").put(each));
    for (const each of whole.records)
      ignoreAbort(transaction.objectStore("records").put(owned(each)));
    for (const each of whole.checkpoints) {
      ignoreAbort(transaction.objectStore("checkpoints").put(owned(each)));
    }
  });
}

/** Deletes runs for good. */
export const deleteRuns = (database: Runs, ids: readonly string[]): Promise<void> =>
  change(database, ALL, async (transaction) => {
    for (const id of ids) {
      ignoreAbort(transaction.objectStore("runs").delete(id));
      for (const name of DETAIL) ignoreAbort(transaction.objectStore(name).delete(ofRun(id)));
    }
  });
