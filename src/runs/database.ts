import { unpackReports } from "./packed-metrics.ts";
import type { RunDatabase, StoredRun } from "./stored-run.ts";
import { append, type RunProgress } from "./database/append.ts";
import { change } from "./database/change.ts";
import { deleteRuns, readNewestReports, readWhole, writeWhole } from "./database/detail.ts";
import { withUserErrors, unknownRun } from "./database/failure.ts";
import { budgetOf, bytesOfAll, freeSpace } from "./database/quota.ts";
import { ofRun, openStores, type Runs } from "./database/stores.ts";
import { thinRecords } from "./database/thin.ts";

/** How long a deleted run can be had back. */
const BIN_MS = 7 * 24 * 3600 * 1000;

/** The database of runs, and what the trainer does with it beside. */
export interface TrainingDatabase extends RunDatabase {
  /** Writes a stretch of training, all or nothing; the first one creates the run. */
  append(progress: RunProgress): Promise<StoredRun>;
  /** Thins a run's records until they take at most `most` bytes. */
  limitRecords(id: string, most: number): Promise<number>;
  /** Bytes that all runs take. */
  bytes(): Promise<number>;
  /** Frees bytes; says what it did, or null when nothing could be freed. */
  makeRoom(current: string, wanted: number): Promise<string | null>;
  /** Bytes that all runs may take here. */
  budget(): Promise<number>;
  /** Deletes for good what was put into the bin before that time; by default a week ago. */
  emptyBin(before?: number): Promise<void>;
}

/**
 * Opens the runs of this browser. One that the browser has closed, or that made way for a page of a
 * newer version, is opened again by the next call.
 */
export async function openRuns(name = "ratioscope"): Promise<TrainingDatabase> {
  let opened: Promise<Runs> | null = null;
  const open = (): Promise<Runs> =>
    (opened ??= openStores(name, () => (opened = null)).catch((error: unknown) => {
      opened = null;
      throw error;
    }));
  const call = <T>(work: (database: Runs) => Promise<T>): Promise<T> =>
    withUserErrors(async () => work(await open()));
  const edit = (id: string, fields: Partial<StoredRun>): Promise<void> =>
    call((database) =>
      change(database, ["runs"] as const, async (transaction) => {
        const runs = transaction.objectStore("runs");
        const run = await runs.get(id);
        if (run === undefined) throw unknownRun(id);
        await runs.put({ ...run, ...fields });
      }),
    );
  await call(() => Promise.resolve());

  const database: TrainingDatabase = {
    list: () =>
      call(async (stores) => {
        const runs = await stores.getAll("runs");
        return runs
          .filter(({ deletedAt }) => deletedAt === null)
          .toSorted((a, b) => b.createdAt - a.createdAt);
      }),
    get: (id) => call(async (stores) => (await stores.get("runs", id)) ?? null),
    edit,
    remove: (id) => edit(id, { deletedAt: Date.now() }),
    restore: (id) => edit(id, { deletedAt: null }),
    duplicate: async (id) => {
      const whole = await database.whole(id);
      const { run } = whole;
      return database.add({
        ...whole,
        run: { ...run, name: `${run.name} (copy)`, parent: { run: id, step: run.step } },
      });
    },
    reports: (id) =>
      call(async (stores) => (await stores.getAll("metrics", ofRun(id))).flatMap(unpackReports)),
    newestReports: (id, steps) => call((stores) => readNewestReports(stores, id, steps)),
    events: (id) => call((stores) => stores.getAll("events", ofRun(id))),
    recordSteps: (id) =>
      call(async (stores) => {
        const keys = await stores.getAllKeys("records", ofRun(id));
        return keys.map(([, step]) => step);
      }),
    records: (id, step) =>
      call(async (stores) => (await stores.get("records", [id, step])) ?? null),
    checkpoint: (id, step = Infinity) =>
      call(async (stores) => {
        const upTo = IDBKeyRange.bound([id], [id, step]);
        const keys = await stores.getAllKeys("checkpoints", upTo);
        const newest = keys.at(-1);
        return newest === undefined ? null : ((await stores.get("checkpoints", newest)) ?? null);
      }),
    whole: (id) => call((stores) => readWhole(stores, id)),
    add: (whole) =>
      call(async (stores) => {
        const id = crypto.randomUUID();
        await writeWhole(stores, { ...whole, run: { ...whole.run, id, deletedAt: null } });
        return id;
      }),
    close: () => {
      void opened?.then((stores) => stores.close()).catch(() => {});
      opened = null;
    },

    append: (progress) => call((stores) => append(stores, progress)),
    limitRecords: (id, most) => call((stores) => thinRecords(stores, id, (kept) => kept <= most)),
    bytes: () => call(bytesOfAll),
    makeRoom: (current, wanted) => call((stores) => freeSpace(stores, current, wanted)),
    budget: async () => budgetOf((await globalThis.navigator?.storage?.estimate?.()) ?? null),
    emptyBin: (before = Date.now() - BIN_MS) =>
      call(async (stores) => {
        const runs = await stores.getAll("runs");
        const old = runs.filter(({ deletedAt }) => deletedAt !== null && deletedAt < before);
        if (old.length > 0)
          await deleteRuns(
            stores,
            old.map(({ id }) => id),
          );
      }),
  };
  return database;
}
