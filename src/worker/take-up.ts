import type { Progress } from "../base/progress.ts";
import { effectiveConfig } from "../config/effective-config.ts";
import { DeviceError } from "../engine/gpu/device.ts";
import { FORMER_FAMILY } from "../engine/gpu/family.ts";
import type { TrainingDatabase } from "../runs/database.ts";
import type { StoredEvent, StoredRun } from "../runs/stored-run.ts";
import { AdapterGoneError } from "./failure.ts";
import type { WorkerEvent } from "./protocol.ts";
import { orDestroy, type RunFactory } from "./run-factory.ts";
import { configsOf, differences, type RunStorage } from "./run-storage.ts";
import type { Lost, Ready } from "./session-state.ts";
import { newestRecords } from "../runs/newest-records.ts";
import { RESUMED_BYTES, sampleReports, stoppedRun, withLast } from "./stored-state.ts";

/** What bringing a run to where it stood needs of the session. */
export interface TakeUp {
  factory: RunFactory;
  storage: RunStorage;
  post: (event: WorkerEvent) => void;
  /** Told of steps that are replayed. */
  replaying: Progress;
}

/** What the database has of a run. */
interface Stored {
  database: TrainingDatabase;
  stored: StoredRun;
  events: readonly StoredEvent[];
}

/** A stored run as it stood, on its checkpoint's own configuration; the page has it then. */
export async function takeUp(
  session: TakeUp,
  stored: StoredRun,
  database: TrainingDatabase,
): Promise<Ready> {
  const { id, step } = stored;
  const [checkpoint, events] = await Promise.all([database.checkpoint(id), database.events(id)]);
  const config = checkpoint?.checkpoint.run ?? stored.run;
  const run = await session.factory.build(config, stored.family ?? FORMER_FAMILY);
  return orDestroy(run, async () => {
    const stopped = stoppedRun(step, events, checkpoint);
    const replayed = await run.resume(stopped, session.replaying);
    const facts = session.factory.factsOf(run);
    const journal = await session.storage.open({ ...stored, run: config, ...facts });
    journal.takeUp(effectiveConfig(config, configsOf(run)), checkpoint?.step ?? null, events);
    const ready = { is: "ready", run, journal } as const;
    await tell(session, ready, { database, stored, events }, replayed);
    return ready;
  });
}

async function tell(
  { factory, post }: TakeUp,
  { run, journal }: Ready,
  { database, stored, events }: Stored,
  replayed: number,
): Promise<void> {
  const { id, elapsedMs } = stored;
  const [reports, newest, last] = await Promise.all([
    database.reports(id).then((all) => sampleReports(all)),
    newestRecords(database, id, { bytes: RESUMED_BYTES }),
    // A run whose page was closed while it trained stopped at a step that was perhaps not stored.
    run.records(run.step),
  ]);
  const records = withLast(newest, last);
  const { now, stored: opened } = journal;
  const note = differences(stored, opened);
  factory.postLoaded(run, opened.run);
  post({
    type: "resumed",
    ...{ id, run: now, step: run.step, reports, records, elapsedMs, replayed, note },
    events: [...events],
  });
}

/** A run whose GPU was lost, as it stood, on another device. `message`: what the browser says of it. */
export async function bringBack(
  { factory, post, replaying }: TakeUp,
  { journal, run: lost }: Lost,
  message: string,
): Promise<Ready> {
  const { step, stored } = journal;
  const run = await factory
    .build(stored.run, stored.family ?? FORMER_FAMILY)
    .catch(async (error) => {
      if (!(error instanceof DeviceError && error.kind === "no-adapter")) throw error;
      await journal.settled();
      throw new AdapterGoneError(step, journal.isStored);
    });
  const replayed = await orDestroy(run, () => run.recover(lost, step, replaying));
  const steps = replayed === 1 ? "1 step was" : `${replayed} steps were`;
  const again = replayed === 0 ? "nothing was lost" : `nothing was lost, ${steps} taken again`;
  const text = `The GPU was lost at step ${step} and the run is back: ${again}.${message ? ` The browser says: ${message}` : ""}`;
  journal.note({ step, kind: "resumed", arm: null, text, fields: null });
  post({ type: "recovered", step, replayed, text, bytes: run.bytes });
  return { is: "ready", run, journal };
}
