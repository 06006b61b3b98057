import * as fake from "fake-indexeddb";
import { expect, test } from "vitest";
import { openRuns } from "../../src/runs/database.ts";
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
