import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CHECKPOINT_VERSION } from "../../src/engine/training/checkpoint.ts";
import { reportOf } from "../../src/record/record.ts";
import { openRuns } from "../../src/runs/database.ts";
import type { RunProgress } from "../../src/runs/database/append.ts";
import { RunWriter } from "../../src/worker/run-writer.ts";
import { newStoredRun } from "../../src/worker/new-stored-run.ts";
import { RunJournal } from "../../src/worker/run-journal.ts";
import { TrainingLoop, type Trained } from "../../src/worker/training-loop.ts";
import { makeRecord, run as config } from "../support/make-record.ts";
import "../support/session.ts";

const STEPS = 12;
const PER_GENERATION = 4;
/** So long that each is told of by itself. */
const STEP_MS = 60;

let now = 0;
beforeEach(() => {
  now = 1000;
  vi.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => vi.restoreAllMocks());

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A run without a GPU, each of whose steps takes a turn of the event loop. */
function trained(): Trained {
  let step = 0;
  const atEnd = () => step % PER_GENERATION === 0;
  const records = () => [
    makeRecord({
      step,
      generation: Math.floor((step - 1) / PER_GENERATION),
      innerStep: (step - 1) % PER_GENERATION,
    }),
  ];
  const advance = async () => {
    await turn();
    now += STEP_MS;
    step++;
    return records();
  };
  return {
    get step() {
      return step;
    },
    totalSteps: STEPS,
    get rollsOut() {
      return atEnd();
    },
    get atGenerationEnd() {
      return atEnd();
    },
    advance,
    advanceUnrecorded: async () => (await advance()).map(reportOf),
    records: async () => records(),
    answers: async () => [],
    change: () => step + 1,
    checkpoint: async () => ({ version: CHECKPOINT_VERSION, run: config, step, arms: [] }),
  };
}

test("however slow the disk, no more steps than one generation's are told and not stored", async () => {
  let [told, stored, unstored] = [0, 0, 0];
  const runs = await openRuns(`slow ${crypto.randomUUID()}`);
  const append = async (progress: RunProgress) => {
    // A loop that did not wait would be through meanwhile.
    for (let i = 0; i < 10 * STEPS; i++) {
      await turn();
      unstored = Math.max(unstored, told - stored);
    }
    const written = await runs.append(progress);
    stored = written.step;
    return written;
  };
  const facts = { build: "", adapter: "", parameters: 1, totalSteps: STEPS };
  const run = newStoredRun(config, { ...facts, family: "register" });
  const log = new RunJournal(run, new RunWriter({ ...runs, append }, run, () => undefined));
  const loop = new TrainingLoop({
    post: (event) => {
      if (event.type === "stepped") told = event.reports.at(-1)?.step ?? told;
    },
    failed: async (error) => {
      throw error;
    },
  });
  loop.want(Infinity);
  loop.launch(trained(), log);
  await loop.ended;
  await log.settled();
  expect({ told, stored, unstored }).toEqual({
    told: STEPS,
    stored: STEPS,
    unstored: PER_GENERATION,
  });
  runs.close();
});
