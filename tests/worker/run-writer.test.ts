import * as fake from "fake-indexeddb";
import { expect, test } from "vitest";
import { openRuns } from "../../src/runs/database.ts";
import { StorageFullError } from "../../src/runs/database/failure.ts";
import { RunWriter } from "../../src/worker/run-writer.ts";
import { progress, storedRun } from "../support/stored-run.ts";

// Node has no IndexedDB of its own.
Object.assign(globalThis, { ...fake, indexedDB: fake.indexedDB });

test.each(["finished", "failed"] as const)(
  "a run that %s says so, with nothing else to write",
  async (status) => {
    const database = await openRuns(`test ${crypto.randomUUID()}`);
    const run = storedRun({ step: 0 });
    const told: (number | null)[] = [];
    const writer = new RunWriter(database, run, ({ step }) => told.push(step));
    const { run: trained, ...part } = progress(run, 1, 4);
    writer.add(trained, part);
    await writer.settle();
    expect(await database.get(run.id)).toMatchObject({ status: "unfinished", step: 4 });

    writer.add({ ...trained, status }, {});
    await writer.settle();
    expect(await database.get(run.id)).toMatchObject({ status, step: 4 });
    expect(await database.reports(run.id)).toHaveLength(8);
    // What is written is not written again.
    await writer.settle();
    expect(told).toEqual([4, 4]);
    database.close();
  },
);

test("what a full disk refused is written when there is room again", async () => {
  const database = await openRuns(`test ${crypto.randomUUID()}`);
  const run = storedRun({ step: 0 });
  const states: string[] = [];
  const writer = new RunWriter(database, run, ({ state }) => states.push(state));
  const append = database.append.bind(database);
  database.append = () => Promise.reject(new StorageFullError());
  const { run: trained, ...part } = progress(run, 1, 4);
  const event = {
    step: 4,
    kind: "change",
    arm: null,
    text: "beta",
    fields: { beta: 0.1 },
  } as const;
  writer.add(trained, { ...part, events: [{ ...event, run: run.id, at: 0 }] });
  await writer.settle();
  expect(await database.get(run.id)).toBeNull();

  database.append = append;
  await writer.settle();
  expect(states).toEqual(["full", "kept"]);
  expect(await database.events(run.id)).toMatchObject([{ text: "beta" }]);
  expect(await database.reports(run.id)).toHaveLength(8);
  database.close();
});
