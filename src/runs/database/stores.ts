import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { PackedMetrics } from "../packed-metrics.ts";
import type { StoredCheckpoint, StoredEvent, StoredRecords, StoredRun } from "../stored-run.ts";
import { migrateFrom1 } from "./migrate.ts";

/** The object stores. What belongs to a run begins its key with the run's id. */
export interface Stores extends DBSchema {
  runs: { key: string; value: StoredRun };
  events: { key: [run: string, at: number]; value: StoredEvent };
  metrics: { key: [run: string, from: number]; value: PackedMetrics };
  records: {
    key: [run: string, step: number];
    value: StoredRecords;
    /** What thinning has to know of it, without reading it. */
    indexes: { sizes: [run: string, step: number, generation: number, bytes: number] };
  };
  checkpoints: {
    key: [run: string, step: number];
    value: StoredCheckpoint;
    indexes: { sizes: [run: string, step: number, bytes: number] };
  };
}

export type Runs = IDBPDatabase<Stores>;

/** The stores that hold the detail of runs. */
export const DETAIL = ["events", "metrics", "records", "checkpoints"] as const;
export const ALL = ["runs", ...DETAIL] as const;

/** 1: events within the run, reports with their names. 2: as `Stores` says. */
const VERSION = 2;

/**
 * Opens the database, and brings one of an older version up to this one: in one transaction, so
 * that it is the old one or the new one and nothing between. `lost` hears when the browser closes it.
 */
export const openStores = (name: string, lost: () => void): Promise<Runs> =>
  openDB<Stores>(name, VERSION, {
    async upgrade(database, oldVersion, _, transaction) {
      if (oldVersion < 1) {
        database.createObjectStore("runs", { keyPath: "id" });
        database.createObjectStore("metrics", { keyPath: ["run", "from"] });
        database.createObjectStore("records", { keyPath: ["run", "step"] });
        database.createObjectStore("checkpoints", { keyPath: ["run", "step"] });
      }
      if (oldVersion < 2) {
        database.createObjectStore("events", { keyPath: ["run", "at"] });
        const [records, checkpoints] = [
          transaction.objectStore("records"),
          transaction.objectStore("checkpoints"),
        ];
        records.createIndex("sizes", ["run", "step", "generation", "bytes"]);
        checkpoints.createIndex("sizes", ["run", "step", "bytes"]);
        if (oldVersion === 1) await migrateFrom1(transaction);
      }
    },
    // A page of a newer version waits for this one to let go.
    blocking: (_, __, event) => {
      if (event.target instanceof IDBDatabase) event.target.close();
      lost();
    },
    terminated: lost,
  });

/** All keys of one run in any of the detail stores: arrays come after every number. */
export const ofRun = (run: string): IDBKeyRange => IDBKeyRange.bound([run], [run, []]);
