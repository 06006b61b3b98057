import type { IDBPTransaction, StoreNames } from "idb";
import type { StepReport } from "../../record/record.ts";
import { packReports } from "../packed-metrics.ts";
import type { StoredEvent, StoredRun } from "../stored-run.ts";
import type { Stores } from "./stores.ts";

type Upgrade = IDBPTransaction<Stores, StoreNames<Stores>[], "versionchange">;

/** What version 1 held in place of this version's values. */
interface Run1 extends Omit<
  StoredRun,
  "seedGroup" | "parent" | "origin" | "thinned" | "deletedAt"
> {
  events: readonly Omit<StoredEvent, "run" | "at">[];
}
interface Metrics1 {
  run: string;
  from: number;
  reports: readonly StepReport[];
}

/** Version 1 → 2: every run's events into their own store, reports packed, runs get a bin. */
export async function migrateFrom1(transaction: Upgrade): Promise<void> {
  const runs = transaction.objectStore("runs");
  const events = transaction.objectStore("events");
  for await (const cursor of runs.iterate()) {
    // An older version's value: the types of this one do not know it.
    const { events: own, ...run } = cursor.value as unknown as Run1;
    await cursor.update({
      seedGroup: null,
      parent: null,
      origin: "trained",
      thinned: null,
      deletedAt: null,
      ...run,
    });
    for (const [at, event] of own.entries()) await events.put({ ...event, run: run.id, at });
  }
  for await (const cursor of transaction.objectStore("metrics").iterate()) {
    const { run, reports } = cursor.value as unknown as Metrics1;
    await cursor.update(packReports(run, reports));
  }
}
