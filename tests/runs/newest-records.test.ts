import { expect, test } from "vitest";
import { evenly, newestRecords } from "../../src/runs/newest-records.ts";
import type { StoredRecords } from "../../src/runs/stored-run.ts";
import { workedExample } from "../support/example-record.ts";

const record = workedExample();

/** Steps 1 … 7, of 10 bytes each, of which step 6 was deleted since. */
const runs = {
  recordSteps: () => Promise.resolve([1, 2, 3, 4, 5, 6, 7]),
  records: (run: string, step: number): Promise<StoredRecords | null> =>
    Promise.resolve(
      step === 6
        ? null
        : { run, step, generation: step, bytes: 10, records: [{ ...record, step }] },
    ),
};
const stepsOf = async (most: { bytes: number; steps?: number }) =>
  (await newestRecords(runs, "a", most)).map(({ step }) => step);

test("the newest records of a run are read, in order, as many as fit", async () => {
  expect(await stepsOf({ bytes: 30 })).toEqual([4, 5, 7]);
  expect(await stepsOf({ bytes: 1 })).toEqual([7]);
  expect(await stepsOf({ bytes: 1000, steps: 3 })).toEqual([1, 4, 7]);
});

test("items are evenly chosen where they are many, with the last", () => {
  expect(evenly([1, 2, 3, 4, 5], 10)).toEqual([1, 2, 3, 4, 5]);
  expect(evenly([1, 2, 3, 4, 5, 6, 7], 3)).toEqual([1, 4, 7]);
  expect(evenly([1, 2, 3], Infinity)).toEqual([1, 2, 3]);
});
