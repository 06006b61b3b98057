import * as fake from "fake-indexeddb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { armConfig } from "../../src/config/types.ts";
import { upgradeCheckpoint } from "../../src/engine/training/checkpoint.ts";
import { reportOf } from "../../src/record/record.ts";
import { openRuns } from "../../src/runs/database.ts";
import type { RunProgress } from "../../src/runs/database/append.ts";
import { RunWriter } from "../../src/worker/run-writer.ts";
import { RunJournal } from "../../src/worker/run-journal.ts";
import { makeRecord } from "../support/make-record.ts";
import { answer, answered } from "../support/example-film.ts";
import { progress, storedRun } from "../support/stored-run.ts";

// Node has no IndexedDB of its own.
Object.assign(globalThis, { ...fake, indexedDB: fake.indexedDB });

const READ_MS = 5;
const WRITE_MS = 25;

// Of all that is done here only reading and writing takes time.
let now = 0;
beforeEach(() => {
  now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => vi.restoreAllMocks());

/** Trains without a GPU: generations of 4 steps of 10 ms each; gives what was written. */
async function train(generations: number): Promise<RunProgress[]> {
  const database = await openRuns(`test ${crypto.randomUUID()}`);
  const written: RunProgress[] = [];
  const slow = {
    ...database,
    append: async (part: RunProgress) => {
      written.push(part);
      const stored = await database.append(part);
      now += WRITE_MS;
      return stored;
    },
  };
  const run = storedRun({ step: 0 });
  const journal = new RunJournal(run, new RunWriter(slow, run, () => undefined));
  for (let step = 1; step <= 4 * generations; step++) {
    const { checkpoint } = progress(run, step, step);
    const generation = Math.floor((step - 1) / 4);
    await journal.generationStored();
    const record = makeRecord({ step, generation, innerStep: (step - 1) % 4 });
    journal.stepped(step, { reports: [reportOf(record)], records: [record] }, 10);
    await journal.endOfStep({
      atGenerationEnd: step % 4 === 0,
      checkpoint: async () => {
        now += READ_MS;
        return upgradeCheckpoint(checkpoint!.checkpoint);
      },
    });
  }
  await journal.settled();
  database.close();
  return written;
}

test("a generation is written at once, all of its steps in it, and not when it begins", async () => {
  const written = await train(6);
  const steps = written.map(({ records }) => records.map(({ step }) => step));
  expect(steps).toEqual([
    [1, 2, 3, 4],
    [5, 6, 7, 8],
    [9, 10, 11, 12],
    [13, 14, 15, 16],
    [17, 18, 19, 20],
    [21, 22, 23, 24],
  ]);
});

test("a checkpoint is due when reading and writing the last one are 2 % of the training since", async () => {
  const taken = (await train(120)).flatMap(({ checkpoint }) => checkpoint?.step ?? []);
  // (READ_MS + WRITE_MS) / 2 % = 1500 ms, steps of 10 ms: 150, up to the end of a generation.
  expect(taken).toEqual([4, 156, 308, 460]);
});

test("what the arms answer is kept among what befell the run", async () => {
  const database = await openRuns(`test ${crypto.randomUUID()}`);
  const run = storedRun({ step: 0 });
  const journal = new RunJournal(run, new RunWriter(database, run, () => undefined));
  const record = makeRecord({ step: 1 });
  const answers = [
    answered("token", 0, answer("13", 0.2), answer("123", 1)),
    answered("sequence", 1, answer("2…", 0)),
  ];
  journal.stepped(1, { reports: [reportOf(record)], records: [record], answers }, 10);
  journal.stepped(2, { reports: [reportOf(record)], records: [record] }, 10);
  await journal.settled();
  const events = await database.events(run.id);
  expect(events).toEqual(
    answers.map(({ arm, step, answers: given }, at) => ({
      ...{ run: run.id, at, step, kind: "answers", arm, fields: null, answers: given },
      text: at === 0 ? "1 3; 1 2 3" : "2",
    })),
  );
  database.close();
});

test("a change is put in words once, with what it was before, and stored in them", async () => {
  const database = await openRuns(`test ${crypto.randomUUID()}`);
  const run = storedRun({ step: 0 });
  const journal = new RunJournal(run, new RunWriter(database, run, () => undefined));
  const [arm] = journal.now.arms;
  const before = armConfig(journal.now, arm!).epsilon;
  journal.stepped(1, { reports: [], records: [] }, 10);
  expect(journal.changed(arm!.name, { epsilon: 0.07 }, 2)).toBe(`epsilon ${before} → 0.07`);
  expect(journal.changed(arm!.name, { epsilon: 0.08, beta: 0.5 }, 2)).toBe(
    "epsilon 0.07 → 0.08, beta 0 → 0.5",
  );
  await journal.settled();
  const events = await database.events(run.id);
  expect(events.map(({ text, fields }) => ({ text, fields }))).toEqual([
    { text: `epsilon ${before} → 0.07`, fields: { epsilon: 0.07 } },
    { text: "epsilon 0.07 → 0.08, beta 0 → 0.5", fields: { epsilon: 0.08, beta: 0.5 } },
  ]);
  database.close();
});
