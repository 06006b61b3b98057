import { afterEach, expect, test, vi } from "vitest";
import { runFrom } from "../../src/config/run-from.ts";
import type { RunConfig } from "../../src/config/types.ts";
import { recordToJson, type StepRecord, type StepReport } from "../../src/record/record.ts";
import { requestDevice } from "../../src/engine/gpu/device.ts";
import { createRun } from "../../src/engine/run/run.ts";
import { openRuns, type TrainingDatabase } from "../../src/runs/database.ts";
import type { WorkerEvent } from "../../src/worker/protocol.ts";
import { freeLocks, openSession, type OpenSession } from "../support/session.ts";
import { sharedGpu } from "../support/shared-gpu.ts";

/** Milliseconds between two looks at the clock: steps of a fast GPU, whatever this machine is. */
const LOOK_MS = 0.3;
const PER_GENERATION = 4;

/** A tiny arm, 4 optimizer steps a generation. */
function small(): RunConfig {
  const set = { task: "sort", difficulty: "3" };
  const run = runFrom("from-scratch", { seed: 5, set, arms: ["token"] });
  const grpo = {
    ...run.grpo,
    per_device_train_batch_size: 8,
    steps_per_generation: 2,
    num_iterations: 2,
    num_generations: 8,
    max_completion_length: 4,
    max_steps: 10_000,
    learning_rate: 2e-3,
  };
  const policy = { ...run.policy, layers: 1, width: 24, heads: 2, kvHeads: 1, hidden: 64 };
  return { ...run, grpo, policy };
}
const fork = { name: "fork", overrides: { importance_sampling_level: "sequence" } } as const;

const recordsOf = (events: readonly WorkerEvent[]) =>
  events.flatMap((event) => (event.type === "stepped" ? event.records : []));
const reportsOf = (events: readonly WorkerEvent[]) =>
  events.flatMap((event) => (event.type === "stepped" ? event.reports : []));

/** By step and arm, everything but the time. */
const reported = (reports: readonly StepReport[]) =>
  Object.fromEntries(
    reports.map(({ step, arm, metrics: { step_time: _, ...metrics }, generation, innerStep }) => [
      `${step} ${arm}`,
      JSON.stringify({ metrics, generation, innerStep }),
    ]),
  );
const recorded = (records: readonly StepRecord[]) =>
  Object.fromEntries(
    records.map(({ metrics: { step_time: _, ...metrics }, ...rest }) => [
      `${rest.step} ${rest.arm}`,
      JSON.stringify(recordToJson({ ...rest, metrics })),
    ]),
  );

/** Training goes on until that step was told of. */
async function playTo(session: OpenSession, step: number): Promise<void> {
  session.send({ type: "play" });
  while ((reportsOf(session.events).at(-1)?.step ?? 0) < step) await session.next("stepped");
}

/** A database that takes no checkpoint any more from some step on, and nothing once it is closed. */
async function worn(name: string, state: { from: number; closed: boolean }) {
  const runs = await openRuns(name);
  const append: TrainingDatabase["append"] = (progress) => {
    if (state.closed) return new Promise(() => undefined);
    return runs.append(
      progress.run.step > state.from ? { ...progress, checkpoint: null } : progress,
    );
  };
  return { ...runs, append };
}

afterEach(() => vi.restoreAllMocks());

test("on a fast GPU most steps leave no record, and nothing of the run is another for it", async () => {
  const name = `unrecorded ${crypto.randomUUID()}`;
  let now = performance.now();
  vi.spyOn(performance, "now").mockImplementation(() => (now += LOOK_MS));
  const database = { from: Infinity, closed: false };
  const gpu = sharedGpu();
  const session = openSession(name, { gpu, openRuns: () => worn(name, database) });
  const { events } = session;
  session.send({ type: "open", base: "http://localhost/" });
  await session.ask({ type: "load", run: small() }, "loaded");

  await playTo(session, 40);
  const paused = await session.ask({ type: "pause" }, "idle");
  expect(recordsOf(events).at(-1)!.step).toBe(paused.step);
  const steps = reportsOf(events).map(({ step }) => step);
  expect(steps).toEqual(Array.from({ length: paused.step }, (_, i) => i + 1));
  expect(recordsOf(events).length).toBeLessThan(paused.step / 2);
  const runs = await openRuns(name);
  const [stored] = await runs.list();
  const kept = await runs.recordSteps(stored!.id);
  expect(kept.at(-1)).toBe(paused.step);
  const wholes = kept.slice(0, -1).filter((step) => step <= PER_GENERATION);
  expect(wholes).toEqual([1, 2, 3, 4]);

  // An earlier step that left none can be had.
  const missing = steps.findLast((at) => recordsOf(events).every((each) => each.step !== at))!;
  await session.request({ type: "recall", step: missing });
  expect(recordsOf(events).at(-1)!.step).toBe(missing);

  // Training stands still for a question, and shows where.
  await playTo(session, paused.step + 8);
  const idle = session.next("idle");
  await session.request({ type: "counterfactual", arm: "token", step: paused.step });
  const { step } = await idle;
  expect(recordsOf(events).at(-1)!.step).toBe(step);
  await session.request({ type: "fork", of: "token", arm: fork, step });
  await session.ask({ type: "step", steps: 3 }, "idle");
  expect(
    recordsOf(events)
      .slice(-6)
      .map((record) => record.step),
  ).toEqual([1, 1, 2, 2, 3, 3].map((i) => step + i));

  // As when the page is closed while it trains.
  database.from = step + 3;
  await playTo(session, step + 12);
  database.closed = true;
  freeLocks();
  const second = openSession(name, { gpu });
  const resumed = await second.ask({ type: "resume", id: stored!.id }, "resumed");
  expect(resumed.step).toBeGreaterThan(step + 3);
  expect(resumed.replayed).toBeGreaterThan(0);
  expect(resumed.records.slice(-2).map((record) => record.step)).toEqual([
    resumed.step,
    resumed.step,
  ]);
  await second.ask({ type: "step", steps: 1 }, "idle");

  const { device } = await requestDevice(gpu);
  const run = await createRun({ device, config: small(), weights: null, family: stored!.family! });
  const whole: StepRecord[] = [];
  while (run.step <= resumed.step) {
    if (run.step === step) await run.fork("token", fork);
    whole.push(...(await run.advance()));
  }
  const shown = [...recordsOf(events), ...resumed.records, ...recordsOf(second.events)];
  const within = (each: StepReport) => each.step <= run.step;
  expect(recorded(whole)).toMatchObject(recorded(shown.filter(within)));
  const toldOf = [...reportsOf(events), ...reportsOf(second.events)].filter(within);
  expect(reported(toldOf)).toEqual(reported(whole));
  run.destroy();
});
