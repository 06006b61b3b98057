import { beforeEach, expect, test } from "vitest";
import { armConfig, type RunConfig } from "../../src/config/types.ts";
import type { StepReport } from "../../src/engine/record.ts";
import type { WorkerEvent } from "../../src/worker/protocol.ts";
import { openRuns, type TrainingDatabase } from "../../src/runs/database.ts";
import { freeLocks, openSession, type OpenSession } from "../support/session.ts";
import { content, smallRun } from "../support/small-run.ts";

let name: string;
beforeEach(() => {
  name = `recovery ${crypto.randomUUID()}`;
  freeLocks();
});

/** 4 optimizer steps a generation: every new device compiles its kernels again. */
const small = (max_steps = 40): RunConfig =>
  smallRun({ steps_per_generation: 2, num_iterations: 2, max_steps });

const told = (events: readonly WorkerEvent[]) =>
  events.flatMap((event) => (event.type === "stepped" ? event.records : []));
const reportsOf = (events: readonly WorkerEvent[]): Omit<StepReport, "metrics">[] =>
  events.flatMap((event) =>
    event.type === "stepped"
      ? event.reports.map(({ arm, step, generation, innerStep }) => ({
          arm,
          step,
          generation,
          innerStep,
        }))
      : [],
  );

async function opened(run: RunConfig, database = name): Promise<OpenSession> {
  const session = openSession(database);
  session.send({ type: "open", base: "http://localhost/" });
  await session.ask({ type: "load", run }, "loaded");
  return session;
}

const step = (session: OpenSession, steps: number) => session.ask({ type: "step", steps }, "idle");

const change = {
  type: "change",
  arm: "token",
  fields: { epsilon: 0.01, temperature: 0.8 },
} as const;

test("a run that was closed in mid-generation goes on in another session, and in one only, bit for bit", async () => {
  const whole = await opened(small(), `${name} whole`);
  await step(whole, 6);
  await whole.ask(change, "changed");
  await step(whole, 9);

  const first = await opened(small());
  await step(first, 6);
  await first.ask(change, "changed");
  const warning = { step: 6, arm: "token", finding: "no-clipping", text: "Nothing clips." };
  first.send({ type: "warned", ...warning });
  await step(first, 1);
  await first.next("storage");
  const early = openSession(name).ask({ type: "resume", id: null }, "resumed");
  await expect(early).rejects.toThrow(/open in another tab/);
  freeLocks();

  const second = openSession(name);
  const resumed = await second.ask({ type: "resume", id: null }, "resumed");
  expect(resumed).toMatchObject({ step: 7, note: null });
  expect(resumed.reports).toHaveLength(7);
  expect(resumed.records.map((record) => record.step)).toContain(7);
  expect(resumed.events).toMatchObject([
    { kind: "change", step: 7, fields: change.fields },
    { kind: "warning", ...warning },
  ]);
  expect(armConfig(resumed.run, resumed.run.arms[0]!)).toMatchObject(change.fields);
  await step(second, 8);
  expect(told(second.events).map(content)).toEqual(
    told(whole.events)
      .filter((record) => record.step > 7)
      .map(content),
  );
});

/** Steps that were told and not stored, at most, while `uninterrupted` was trained. */
let unstored = 0;

/** The runs of a disk that is slow at first; `told` gives the newest step that the page knows of. */
async function slowRuns(database: string, told: () => number): Promise<TrainingDatabase> {
  const runs = await openRuns(database);
  let stored = 0;
  return {
    ...runs,
    append: async (progress) => {
      const late = performance.now() + (stored === 0 ? 1500 : 0);
      while (performance.now() < late) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        unstored = Math.max(unstored, told() - stored);
      }
      const written = await runs.append(progress);
      stored = written.step;
      return written;
    },
  };
}

let whole12: Promise<readonly WorkerEvent[]> | null = null;
/** What 12 steps post that nothing befalls; trained once. */
const uninterrupted = (): Promise<readonly WorkerEvent[]> =>
  (whole12 ??= (async () => {
    const told = () => reportsOf(session.events).at(-1)?.step ?? 0;
    const session = openSession(name, { openRuns: () => slowRuns(`${name} whole`, told) });
    session.send({ type: "open", base: "http://localhost/" });
    await session.ask({ type: "load", run: small(12) }, "loaded");
    await session.ask({ type: "play" }, "idle");
    return session.events;
  })());

test("however slow the disk, no more steps than one generation's are told and not stored", async () => {
  expect(reportsOf(await uninterrupted())).toHaveLength(12);
  expect(unstored).toBeGreaterThan(0);
  expect(unstored).toBeLessThanOrEqual(4);
});

test.each(["while it trains", "while it is set up"])(
  "the GPU is lost %s: the run comes back by itself and nothing differs",
  async (when) => {
    const whole = await uninterrupted();

    const session = openSession(name);
    session.send({ type: "open", base: "http://localhost/" });
    const loaded = session.next("loaded");
    session.send({ type: "load", run: small(12) });
    if (when === "while it is set up") {
      await session.next("progress");
      session.send({ type: "lose-device" });
      await session.next("lost");
    }
    await loaded.catch(() => session.next("loaded"));
    const ended = session.next("idle");
    session.send({ type: "play" });
    if (when === "while it trains") {
      await session.next("stepped");
      const back = session.next("recovered");
      session.send({ type: "lose-device" });
      expect((await back).text).toMatch(
        /The GPU was lost at step \d+ and the run is back: nothing was lost/,
      );
    }
    expect(await ended).toMatchObject({ step: 12, reason: "finished" });
    expect(told(session.events).map(content)).toEqual(told(whole).map(content));
    expect(reportsOf(session.events)).toEqual(reportsOf(whole));
  },
);

test("three losses in a row without a step between them stop with advice; Play tries again", async () => {
  const session = await opened(small());
  await step(session, 3);
  const failed = session.next("idle").catch((error: unknown) => String(error));
  const lose = async (): Promise<void> => {
    const gone = session.next("lost");
    session.send({ type: "lose-device" });
    await gone;
  };
  const back = session.next("recovered");
  await lose();
  expect(await back).toMatchObject({ step: 3, replayed: 0 });
  await lose();
  // Another device has been asked for and is not there yet.
  await lose();
  expect(await failed).toMatch(/lost 3 times in a row at step 3/);
  await step(session, 2);
  expect(told(session.events).at(-1)).toMatchObject({ step: 5 });
});

test("a browser without another GPU for the page: the run is stored, and the page told to reload", async () => {
  let gone = false;
  const gpu = Object.create(navigator.gpu, {
    requestAdapter: {
      value: (options: GPURequestAdapterOptions) =>
        gone ? Promise.resolve(null) : navigator.gpu.requestAdapter(options),
    },
  });
  const session = openSession(name, { gpu });
  session.send({ type: "open", base: "http://localhost/" });
  await session.ask({ type: "load", run: small() }, "loaded");
  await step(session, 3);
  gone = true;
  const failed = session.next("recovered").catch((error: unknown) => String(error));
  session.send({ type: "lose-device" });
  expect(await failed).toMatch(/adapter-gone.*lost at step 3.*Reload the page: the run goes on/);
  freeLocks();
  const reloaded = openSession(name);
  const back = reloaded.next("resumed");
  await reloaded.ask({ type: "resume", id: null, play: true }, "stepped");
  expect(await back).toMatchObject({ step: 3 });
  expect(reportsOf(reloaded.events)[0]).toMatchObject({ step: 4 });
  await reloaded.ask({ type: "pause" }, "idle");
});

test("a run that was taken back goes on as a run of its own; the one before keeps its later steps", async () => {
  const session = await opened(small());
  await step(session, 6);
  await session.request({ type: "rewind", step: 3 });
  await step(session, 2);
  await session.next("storage");
  const runs = await openRuns(name);
  const [branch, before] = (await runs.list()).toSorted((a, b) => a.step - b.step);
  expect(before).toMatchObject({ step: 6, parent: null });
  expect(branch).toMatchObject({ step: 5, parent: { run: before!.id, step: 3 } });
  expect(await runs.recordSteps(branch!.id)).toEqual([1, 2, 3, 4, 5]);
  freeLocks();

  const resumed = await openSession(name).ask({ type: "resume", id: branch!.id }, "resumed");
  expect(resumed.step).toBe(5);
  // Nothing was changed after step 3, so both come to the same bits.
  const own = await runs.records(branch!.id, 5);
  const first = await runs.records(before!.id, 5);
  expect(own!.records.map(content)).toEqual(first!.records.map(content));
});
