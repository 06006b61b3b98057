import { beforeEach, expect, test } from "vitest";
import { armConfig, type RunConfig } from "../../src/config/types.ts";
import type { StepReport } from "../../src/record/record.ts";
import type { WorkerEvent } from "../../src/worker/protocol.ts";
import { UserError } from "../../src/base/user-error.ts";
import { openRuns } from "../../src/runs/database.ts";
import { freeLocks, openSession, type OpenSession, storedUpTo } from "../support/session.ts";
import { sharedGpu } from "../support/shared-gpu.ts";
import { content, smallRun } from "../support/small-run.ts";

let name: string;
beforeEach(() => {
  name = `recovery ${crypto.randomUUID()}`;
  freeLocks();
});

/** 4 optimizer steps a generation. */
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

/** A session that loses its device so often, on the file's device from then on. */
const losing = (losses: number, database = name): OpenSession =>
  openSession(database, { gpu: sharedGpu({ own: losses }) });

async function opened(run: RunConfig, database = name, losses = 0): Promise<OpenSession> {
  const session = losing(losses, database);
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
  await storedUpTo(first, 7);
  const early = losing(0).ask({ type: "resume", id: null }, "resumed");
  await expect(early).rejects.toThrow(/open in another tab/);
  freeLocks();

  const second = losing(0);
  const resumed = await second.ask({ type: "resume", id: null }, "resumed");
  expect(resumed).toMatchObject({ step: 7, note: null });
  expect(resumed.reports).toHaveLength(7);
  expect(resumed.records.map((record) => record.step)).toContain(7);
  const answers = first.events.flatMap((event) =>
    event.type === "stepped" ? (event.answers ?? []) : [],
  );
  expect(answers.map(({ step: at }) => at)).toEqual([0, 4]);
  expect(resumed.events).toMatchObject([
    ...answers.map((each) => ({ kind: "answers", ...each })),
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

let whole12: Promise<readonly WorkerEvent[]> | null = null;
/** What 12 steps post that nothing befalls; trained once. */
const uninterrupted = (): Promise<readonly WorkerEvent[]> =>
  (whole12 ??= (async () => {
    const session = await opened(small(12), `${name} whole`);
    await session.ask({ type: "play" }, "idle");
    expect(reportsOf(session.events)).toHaveLength(12);
    return session.events;
  })());

test.each(["while it trains", "while it is set up"])(
  "the GPU is lost %s: the run comes back by itself and nothing differs",
  async (when) => {
    const whole = await uninterrupted();

    const session = losing(1);
    session.send({ type: "open", base: "http://localhost/" });
    const loaded = session.next("loaded");
    const answer = session.request({ type: "load", run: small(12) });
    if (when === "while it is set up") {
      await session.next("progress");
      session.send({ type: "lose-device" });
      await session.next("lost");
    }
    await loaded.catch(() => session.next("loaded"));
    expect(await answer).toBe(null);
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

test("a run whose setting up fails because the GPU is lost is answered for when it is back", async () => {
  let locks = 0;
  const session = openSession(name, {
    gpu: sharedGpu({ own: 1 }),
    lock: async () => {
      if (locks++ === 0) {
        session.send({ type: "lose-device" });
        throw new Error("A buffer of a lost device cannot be mapped.");
      }
      return () => undefined;
    },
  });
  session.send({ type: "open", base: "http://localhost/" });
  expect(await session.request({ type: "load", run: small(1) })).toBe(null);
  const types = session.events.map(({ type }) => type);
  expect(types).toContain("lost");
  expect(types.filter((type) => type === "loaded" || type === "failed")).toEqual(["loaded"]);
  expect(await step(session, 1)).toMatchObject({ step: 1 });
});

test("three losses in a row without a step between them stop with advice; Play tries again", async () => {
  const session = await opened(small(), name, 3);
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

test("a large run whose GPU is lost while it is set up is not set up again until somebody asks", async () => {
  const run = smallRun({
    per_device_train_batch_size: 1024,
    steps_per_generation: 8,
    max_completion_length: 8,
    max_steps: 1,
  });
  const session = losing(1);
  session.send({ type: "open", base: "http://localhost/" });
  const planned = session.next("planned");
  const failed = session.next("recovered").catch((error: unknown) => String(error));
  // Whether it is loaded before the news of the loss comes is the driver's.
  const loaded = session.request({ type: "load", run }).catch(() => null);
  expect((await planned).plan.bytes).toBeGreaterThan(64 * 2 ** 20);
  session.send({ type: "lose-device" });
  expect(await failed).toMatch(/set-up-lost.*The GPU was lost before the first step/);
  expect(await loaded).toBe(null);
  expect(await session.request({ type: "load", run })).toBe(null);
  expect(session.events.filter(({ type }) => type === "planned")).toHaveLength(2);
});

test("a browser without another GPU for the page: the run is stored, and the page told to reload", async () => {
  let gone = false;
  const { requestAdapter } = sharedGpu({ own: 1 });
  const gpu = {
    requestAdapter: (options?: GPURequestAdapterOptions) =>
      gone ? Promise.resolve(null) : requestAdapter(options),
  } as GPU;
  const session = openSession(name, { gpu });
  session.send({ type: "open", base: "http://localhost/" });
  await session.ask({ type: "load", run: small() }, "loaded");
  await step(session, 3);
  gone = true;
  const failed = session.next("recovered").catch((error: unknown) => String(error));
  session.send({ type: "lose-device" });
  expect(await failed).toMatch(/adapter-gone.*lost at step 3.*Reload the page: the run goes on/);
  freeLocks();
  const reloaded = losing(0);
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
  await storedUpTo(session, 5);
  const runs = await openRuns(name);
  const [branch, before] = (await runs.list()).toSorted((a, b) => a.step - b.step);
  expect(before).toMatchObject({ step: 6, parent: null });
  expect(branch).toMatchObject({ step: 5, parent: { run: before!.id, step: 3 } });
  expect(await runs.recordSteps(branch!.id)).toEqual([1, 2, 3, 4, 5]);
  freeLocks();

  const resumed = await losing(0).ask({ type: "resume", id: branch!.id }, "resumed");
  expect(resumed.step).toBe(5);
  // Nothing was changed after step 3, so both come to the same bits.
  const own = await runs.records(branch!.id, 5);
  const first = await runs.records(before!.id, 5);
  expect(own!.records.map(content)).toEqual(first!.records.map(content));
});

test("a run that is taken back goes on, and says so, where the browser does not take the branch", async () => {
  const openRefusing = async () => {
    const runs = await openRuns(name);
    return Object.assign(Object.create(runs) as typeof runs, {
      add: () => Promise.reject(new UserError("There is no room.", "Delete runs.")),
    });
  };
  const session = openSession(name, { gpu: sharedGpu(), openRuns: openRefusing });
  session.send({ type: "open", base: "http://localhost/" });
  await session.ask({ type: "load", run: small() }, "loaded");
  await step(session, 6);
  await session.request({ type: "rewind", step: 3 });
  expect(session.events).toContainEqual(expect.objectContaining({ type: "rewound", step: 3 }));
  const texts = session.events.flatMap((event) =>
    event.type === "storage" ? [event.facts.text] : [],
  );
  expect(texts).toContain(
    "There is no room. The run goes on without its earlier steps in this browser. Delete runs.",
  );
  await step(session, 2);
  await storedUpTo(session, 5);
  const runs = await (await openRuns(name)).list();
  expect(new Set(runs.map((run) => run.step))).toEqual(new Set([5, 6]));
});
