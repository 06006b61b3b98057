import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CHECKPOINT_VERSION } from "../../src/engine/training/checkpoint.ts";
import { DivergedError } from "../../src/engine/training/diverged.ts";
import type { StepRecord } from "../../src/record/record.ts";
import type { WorkerEvent } from "../../src/worker/protocol.ts";
import { newStoredRun } from "../../src/worker/new-stored-run.ts";
import { RunJournal } from "../../src/worker/run-journal.ts";
import { TrainingLoop, type Trained } from "../../src/worker/training-loop.ts";
import { makeRecord, report, run as config } from "../support/make-record.ts";

const ARMS = ["token", "sequence"];
const PER_GENERATION = 4;

let now = 0;
beforeEach(() => {
  now = 1000;
  vi.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => vi.restoreAllMocks());

interface Pace {
  /** What a step takes, by its k. */
  stepMs(k: number): number;
  totalSteps?: number;
  columns?: number;
  divergesAt?: number;
  /** What people do during a step. */
  during?: Readonly<Record<number, (loop: TrainingLoop) => void>>;
}

/** A run of two arms and four steps a rollout, without a GPU, and the loop that steps it. */
function trained({ stepMs, totalSteps = 10_000, columns = 3, divergesAt, during = {} }: Pace) {
  const events: WorkerEvent[] = [];
  const ended: (() => void)[] = [];
  const loop = new TrainingLoop({
    post: (event) => {
      events.push(event);
      if (event.type === "idle") ended.shift()?.();
    },
    failed: async () => ended.shift()?.(),
  });
  let step = 0;
  const at = (of: number, arm: string): StepRecord =>
    makeRecord({ ...report(of, arm), columns, rows: 64 });
  const take = async () => {
    now += stepMs(step % PER_GENERATION);
    step++;
    during[step]?.(loop);
    if (step === divergesAt) throw new DivergedError("token", step, "the loss is NaN", 1);
  };
  const run: Trained = {
    get step() {
      return step;
    },
    totalSteps,
    get rollsOut() {
      return step % PER_GENERATION === 0;
    },
    get atGenerationEnd() {
      return step % PER_GENERATION === 0;
    },
    advance: async () => {
      await take();
      return ARMS.map((arm) => at(step, arm));
    },
    advanceUnrecorded: async () => {
      await take();
      return ARMS.map((arm) => report(step, arm));
    },
    records: async (of) => ARMS.map((arm) => at(of, arm)),
    answers: async () => [],
    change: () => step + 1,
    checkpoint: async () => ({ version: CHECKPOINT_VERSION, run: config, step, arms: [] }),
  };
  const facts = { build: "", adapter: "", family: "register", parameters: 1, totalSteps } as const;
  const journal = new RunJournal(newStoredRun(config, facts), null);
  return {
    events,
    loop,
    /** Until it stands still, on its own account or paused. */
    async train(steps: number, untilGeneration = false): Promise<void> {
      loop.want(steps, untilGeneration);
      loop.launch(run, journal);
      await loop.ended;
    },
    told: () =>
      events.flatMap((event) => (event.type === "stepped" ? event.reports : [])).map(stepAndArm),
    /** The steps whose records were posted, each once, with those of all arms. */
    shown(): number[] {
      const records = events.flatMap((event) => (event.type === "stepped" ? event.records : []));
      const first = records.filter(({ arm }) => arm === ARMS[0]).map((record) => record.step);
      expect(records.map(stepAndArm)).toEqual(everyArm(first));
      return first;
    },
  };
}

const stepAndArm = ({ step, arm }: { step: number; arm: string }) => `${step} ${arm}`;
const everyArm = (steps: readonly number[]) =>
  steps.flatMap((step) => ARMS.map((arm) => `${step} ${arm}`));
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

/** The generations of which every step is there, and what is left over. */
function wholeGenerations(steps: readonly number[]): { whole: number; others: number[] } {
  const of = (step: number) => Math.floor((step - 1) / PER_GENERATION);
  const counts = new Map<number, number>();
  for (const step of steps) counts.set(of(step), (counts.get(of(step)) ?? 0) + 1);
  const others = steps.filter((step) => counts.get(of(step)) !== PER_GENERATION);
  return { whole: (steps.length - others.length) / PER_GENERATION, others };
}

const pause = (loop: TrainingLoop) => loop.wantNone();

test("of fast steps whole generations leave records, 20 steps a second, and every step its metrics", async () => {
  const run = trained({ stepMs: () => 2, during: { 999: pause } });
  await run.train(Infinity);
  expect(run.told()).toEqual(everyArm(upTo(999)));
  const { whole, others } = wholeGenerations(run.shown());
  // Two seconds: 40 steps, and the one that training was paused at.
  expect(whole).toBeGreaterThanOrEqual(9);
  expect(whole).toBeLessThanOrEqual(11);
  expect(others).toEqual([999]);
  const posts = run.events.filter(({ type }) => type === "stepped");
  expect(posts.length).toBeLessThanOrEqual(2000 / 50 + 3);
});

test("records of megabytes come by their bytes, and one post does not hold many of them", async () => {
  const columns = 1024;
  const bytes = ARMS.length * 13 * 4 * 64 * columns;
  const run = trained({ stepMs: () => 10, columns, during: { 1000: pause } });
  await run.train(Infinity);
  const { whole, others } = wholeGenerations(run.shown());
  // Ten seconds of 20 MiB each.
  const most = (10 * 20 * 2 ** 20) / bytes / PER_GENERATION;
  expect(whole).toBeGreaterThan(most - 2);
  expect(whole).toBeLessThan(most + 2);
  expect(others).toEqual([1000]);
  for (const event of run.events) {
    if (event.type === "stepped") expect(event.records.length).toBeLessThanOrEqual(ARMS.length);
  }
});

test.each([
  ["steps of 50 ms", { stepMs: () => 50 }],
  ["a long rollout and quick steps", { stepMs: (k: number) => (k === 0 ? 170 : 10) }],
  ["long steps with large records", { stepMs: () => 60, columns: 1024 }],
])("a reader of a slow machine loses nothing: %s", async (_, pace) => {
  const run = trained({ ...pace, during: { 101: pause } });
  await run.train(Infinity);
  expect(run.shown()).toEqual(upTo(101));
});

test("who asks for few steps, or for the rest of a generation, sees each of them", async () => {
  const run = trained({ stepMs: () => 1, during: { 102: pause } });
  await run.train(Infinity);
  const before = run.shown().length;
  await run.train(3);
  await run.train(Infinity, true);
  await run.train(Infinity, true);
  expect(run.shown().slice(before)).toEqual([103, 104, 105, 106, 107, 108, 109, 110, 111, 112]);
});

test("the last steps of many are known beforehand, those of the run as well", async () => {
  const run = trained({ stepMs: () => 1, totalSteps: 500 });
  await run.train(200);
  expect(run.shown().slice(-20)).toEqual(upTo(200).slice(-20));
  expect(run.shown().length).toBeLessThan(60);
  await run.train(Infinity);
  expect(run.shown().slice(-20)).toEqual(upTo(500).slice(-20));
  expect(run.events.at(-1)).toMatchObject({ type: "idle", step: 500, reason: "finished" });
});

test("what follows a press of Play, a change, or a look is shown at once", async () => {
  const change = { type: "change", arm: "token", fields: { epsilon: 0.1 } } as const;
  const run = trained({
    stepMs: () => 1,
    during: {
      62: pause,
      82: (loop) => loop.change(change),
      98: (loop) => loop.look(),
      100: (loop) => loop.look(),
      103: pause,
    },
  });
  await run.train(Infinity);
  await run.train(Infinity);
  const changed = run.events.find((event) => event.type === "changed");
  expect(changed).toMatchObject({ step: 83 });
  const { others } = wholeGenerations(run.shown());
  // Paused and played on, changed, looked at within a generation and before one.
  expect(others).toEqual([62, 63, 64, 83, 84, 99, 100, 101, 102, 103]);
});

test("at 20 steps a second or fewer every step is shown", async () => {
  const run = trained({ stepMs: () => 1, during: { 9: pause } });
  // The clock stands still meanwhile, as if a sleep were a little short.
  run.loop.limit(20);
  await run.train(Infinity);
  expect(run.shown()).toEqual(upTo(9));
});

test("the step before the one that diverged is shown", async () => {
  const run = trained({ stepMs: () => 1, divergesAt: 35 });
  await run.train(Infinity);
  expect(run.told()).toEqual(everyArm(upTo(34)));
  expect(run.shown().at(-1)).toBe(34);
  expect(wholeGenerations(run.shown()).others).toContain(34);
});
