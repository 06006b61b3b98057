import { openDB } from "idb";
import { beforeEach, expect, test, vi } from "vitest";
import { openRuns, type TrainingDatabase } from "../../src/runs/database.ts";
import { UserError } from "../../src/base/user-error.ts";
import { progress, reports, storedRun } from "../support/stored-run.ts";

// In Node and in Chromium; Node has no IndexedDB of its own.
if (!("indexedDB" in globalThis)) {
  const fake = await import("fake-indexeddb");
  Object.assign(globalThis, { ...fake, indexedDB: fake.indexedDB });
}

let name: string;
let database: TrainingDatabase;
beforeEach(async () => {
  name = `test ${crypto.randomUUID()}`;
  database = await openRuns(name);
  return () => {
    database.close();
    indexedDB.deleteDatabase(name);
  };
});

test("what was trained is there after the database was opened again, bit for bit", async () => {
  const run = storedRun();
  const change = { fields: { epsilon: 0.1 }, text: "epsilon 0.2 → 0.1" };
  const event = { run: run.id, at: 0, step: 5, kind: "change", arm: null, ...change } as const;
  await database.append(progress(run, 1, 4));
  await database.append({ ...progress(run, 5, 8), events: [event] });
  database.close();

  database = await openRuns(name);
  const [listed] = await database.list();
  expect(listed).toMatchObject({ id: "first", step: 8, name: "Sort, seed 1" });
  expect(await database.reports(run.id)).toEqual(reports(1, 8));
  expect(await database.events(run.id)).toEqual([event]);
  expect(await database.recordSteps(run.id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect((await database.records(run.id, 6))?.records).toEqual(
    progress(run, 6, 6).records[0]!.records,
  );
  expect(await database.records(run.id, 9)).toBeNull();
  const checkpoint = await database.checkpoint(run.id);
  expect(checkpoint).toEqual(progress(run, 5, 8).checkpoint);
  expect([...new Float32Array(checkpoint!.checkpoint.arms[0]!.buffers[0]!)]).toEqual([8, 2, 3]);
});

test("the newest steps are read without those before them", async () => {
  const run = storedRun();
  await database.append(progress(run, 1, 4));
  await database.append(progress(run, 5, 8));
  await database.append(progress(storedRun({ id: "gone" }), 9, 12));
  for (const steps of [1, 3, 4, 5, 8, 100]) {
    const from = Math.max(1, 9 - steps);
    expect(await database.newestReports(run.id, steps), `${steps} steps`).toEqual(reports(from, 8));
  }
  expect(await database.newestReports("nobody", 5)).toEqual([]);
});

test("only the newest checkpoint is kept, and bytes count what is there", async () => {
  const run = storedRun();
  const { bytes } = await database.append(progress(run, 1, 4));
  const twice = await database.append({ ...progress(run, 5, 8), records: [] });
  expect(await database.checkpoint(run.id, 7)).toBeNull();
  expect((await database.whole(run.id)).checkpoints).toHaveLength(1);
  expect(bytes).toBeGreaterThan(4000);
  expect(twice.bytes - bytes).toBe(bytes - 4000 - 12);
});

test("a write that fails leaves what is stored as it was", async () => {
  const run = storedRun();
  await database.append(progress(run, 1, 4));
  const before = await database.whole(run.id);
  const broken = progress(run, 5, 8);
  // A function cannot be stored: the last request of the transaction throws.
  Object.assign(broken.checkpoint!.checkpoint, { run: () => {} });
  await expect(database.append(broken)).rejects.toThrow(UserError);
  expect(await database.whole(run.id)).toEqual(before);
});

test("names, notes and the bin are people's: training on does not undo them", async () => {
  const run = storedRun();
  await database.append(progress(run, 1, 4));
  await database.edit(run.id, { name: "Mine", note: "n", colour: 3, seedGroup: "g" });
  await database.append(progress(run, 5, 8));
  expect(await database.get(run.id)).toMatchObject({ name: "Mine", note: "n", colour: 3, step: 8 });

  await database.remove(run.id);
  expect(await database.list()).toEqual([]);
  await database.restore(run.id);
  expect(await database.list()).toHaveLength(1);
  await database.remove(run.id);
  await database.emptyBin(Date.now() - 1000);
  expect(await database.get(run.id)).not.toBeNull();
  await database.emptyBin(Date.now() + 1000);
  expect(await database.get(run.id)).toBeNull();
  expect(await database.reports(run.id)).toEqual([]);
  await expect(database.edit(run.id, { note: "" })).rejects.toThrow(/no stored run first/);
});

test("runs are listed newest first; a duplicate has everything under an id of its own", async () => {
  await database.append(progress(storedRun(), 1, 4));
  await database.append(progress(storedRun({ id: "second", createdAt: 3000 }), 1, 2));
  expect((await database.list()).map(({ id }) => id)).toEqual(["second", "first"]);

  const copy = await database.duplicate("first");
  const [one, other] = [await database.whole("first"), await database.whole(copy)];
  expect(other.run).toMatchObject({
    name: "Sort, seed 1 (copy)",
    parent: { run: "first", step: 4 },
  });
  expect(other.metrics.map(({ reports }) => reports)).toEqual(
    one.metrics.map(({ reports }) => reports),
  );
  expect(other.records.map(({ records }) => records)).toEqual(
    one.records.map(({ records }) => records),
  );
  expect(other.run.bytes).toBe(one.run.bytes);
  await database.remove("first");
  expect(await database.reports(copy)).toHaveLength(8);
});

test("records are thinned from the oldest on, whole generations, and the run says so", async () => {
  await database.append(progress(storedRun(), 1, 32));
  const before = await database.get("first");
  const freed = await database.limitRecords("first", 20_000);
  const steps = await database.recordSteps("first");
  // Generations 0 and 2 of the older half went, then 1 and 4 of what was the older half then.
  expect(freed).toBe(16_000);
  expect(steps).toEqual([13, 14, 15, 16, ...Array.from({ length: 12 }, (_, i) => 21 + i)]);
  expect(await database.reports("first")).toEqual(reports(1, 32));
  const after = await database.get("first");
  expect(after!.bytes).toBe(before!.bytes - freed);
  expect(after!.thinned).toMatch(/Up to step \d+ the figures of some generations were dropped/);
  expect(await database.limitRecords("first", 20_000)).toBe(0);
});

test("room is made from the bin, then from what was trained longest ago, then from the run itself", async () => {
  await database.append(progress(storedRun({ id: "old", name: "Old", updatedAt: 1 }), 1, 8));
  await database.append(progress(storedRun({ id: "binned" }), 1, 8));
  await database.append(progress(storedRun({ id: "now", name: "Now" }), 1, 8));
  await database.remove("binned");
  expect(await database.makeRoom("now", 5000)).toMatch(/of deleted runs were cleared/);
  expect(await database.get("binned")).toBeNull();
  expect(await database.recordSteps("old")).toHaveLength(8);
  expect(await database.makeRoom("now", 3000)).toMatch(/older figures of "Old" were dropped/);
  expect(await database.recordSteps("old")).toEqual([5, 6, 7, 8]);
  expect(await database.makeRoom("now", 3000)).toMatch(/older figures of "Now" were dropped/);
  expect(await database.makeRoom("now", 3000)).toBeNull();
  expect(await database.bytes()).toBeGreaterThan(8000);
  expect(await database.budget()).toBeGreaterThan(2 ** 20);
});

test("data of version 1 is brought up to this version", async () => {
  const {
    id,
    seedGroup: _,
    parent: __,
    origin: ___,
    thinned: ____,
    deletedAt: _____,
    ...run1
  } = storedRun({ id: "v1" });
  const old = await openDB(`${name} old`, 1, {
    upgrade(upgraded) {
      upgraded.createObjectStore("runs", { keyPath: "id" });
      upgraded.createObjectStore("metrics", { keyPath: ["run", "from"] });
      upgraded.createObjectStore("records", { keyPath: ["run", "step"] });
      upgraded.createObjectStore("checkpoints", { keyPath: ["run", "step"] });
    },
  });
  const event = { step: 3, kind: "change", arm: "token", text: "t", fields: { epsilon: 0.3 } };
  await old.put("runs", { ...run1, id, events: [event, { ...event, step: 4 }] });
  await old.put("metrics", { run: id, from: 1, reports: reports(1, 4) });
  const { records, checkpoint } = progress(storedRun({ id }), 1, 4);
  for (const each of records) await old.put("records", each);
  await old.put("checkpoints", checkpoint);
  old.close();

  const upgraded = await openRuns(`${name} old`);
  expect(await upgraded.list()).toEqual([storedRun({ id })]);
  expect(await upgraded.events(id)).toEqual([
    { ...event, run: id, at: 0 },
    { ...event, run: id, at: 1, step: 4 },
  ]);
  expect(await upgraded.reports(id)).toEqual(reports(1, 4));
  expect(await upgraded.records(id, 2)).toEqual(records[1]);
  expect(await upgraded.checkpoint(id)).toEqual(checkpoint);
  // The indexes hold the old values too.
  expect(await upgraded.limitRecords(id, 0)).toBe(0);
  expect(await upgraded.append(progress(storedRun({ id }), 5, 8))).toMatchObject({ step: 8 });
  expect(await upgraded.limitRecords(id, 4000)).toBe(4000);
  upgraded.close();
  indexedDB.deleteDatabase(`${name} old`);
});

test("a newer version's page gets the database, and this one says what to do", async () => {
  await database.append(progress(storedRun(), 1, 4));
  const newer = await openDB(name, 3);
  await expect(database.list()).rejects.toThrow(/written by a newer version of this page/);
  newer.close();
});

test("a browser that refuses storage is a sentence", async () => {
  const open = vi.spyOn(IDBFactory.prototype, "open").mockImplementation(() => {
    throw new DOMException("access denied", "SecurityError");
  });
  await expect(openRuns("refused")).rejects.toThrow(/cannot be reached: access denied/);
  open.mockRestore();
});
