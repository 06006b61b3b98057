import { readFileSync } from "node:fs";
import { beforeEach, expect, test } from "vitest";
import { decodeSafetensors } from "../../src/engine/policy/safetensors.ts";
import { requestDevice } from "../../src/engine/gpu/device.ts";
import { type KeptExperiment, keptExperiments } from "../../src/runs/kept-experiments.ts";
import type { ExperimentEvent } from "../../src/worker/experiment-protocol.ts";
import {
  ExperimentSession,
  type ExperimentSessionHost,
} from "../../src/worker/experiment-session.ts";
import "../support/session.ts";

const warmStart: ExperimentSessionHost["warmStart"] = async (_, name) =>
  decodeSafetensors(
    readFileSync(new URL(`../../public/checkpoints/${name}.safetensors`, import.meta.url)),
  ).tensors;

let events: ExperimentEvent[] = [];
let heard: (event: ExperimentEvent) => void = () => undefined;
beforeEach(() => {
  events = [];
  heard = () => undefined;
});

/** A worker of experiments without its page. */
function open(name: string, host: Partial<ExperimentSessionHost> = {}) {
  const database = keptExperiments(name);
  const session = new ExperimentSession({
    ...{ gpu: navigator.gpu, build: "test", families: null, database, warmStart },
    lock: () => Promise.resolve(() => undefined),
    post: (event) => {
      events.push(event);
      heard(event);
    },
    ...host,
  });
  return { session, database };
}

/** One for most tests: each device compiles its kernels again. */
const { session, database } = open("experiments");
beforeEach(() => database.remove("clips-more"));

const RUN = { type: "run", experiment: "clips-more", seeds: 2, steps: 8, base: "" } as const;
const seedsDone = () => events.filter(({ type }) => type === "seed").length;
const firstStep = () => events.find((event) => event.type === "progress");
const stopAt = (step: number): void => {
  heard = (event) => {
    if (event.type === "progress" && event.done === step) void session.receive({ type: "stop" });
  };
};

test("what is stopped in the middle of a seed goes on after the last whole one, to the same numbers", async () => {
  await session.receive(RUN);
  expect(events.at(-1)).toEqual({ type: "ended" });
  const whole = (await database.get("clips-more"))!;
  expect(whole).toMatchObject({ seeds: 2, steps: 8, build: "test", family: "register" });
  expect(whole.outcomes.map(({ seed }) => seed)).toEqual([1, 2]);
  const last = events.findLast((event) => event.type === "progress");
  expect(last).toMatchObject({ done: 16, total: 16, leftMs: 0 });

  await database.remove("clips-more");
  events = [];
  stopAt(10);
  await session.receive(RUN);
  expect(seedsDone()).toBe(1);
  expect((await database.get("clips-more"))!.outcomes).toHaveLength(1);

  events = [];
  heard = () => undefined;
  await session.receive(RUN);
  expect(seedsDone()).toBe(1);
  expect(firstStep()).toMatchObject({ done: 9, total: 16 });
  expect((await database.get("clips-more"))!.outcomes).toEqual(whole.outcomes);
});

test("seeds of another build, adapter or length, and finished ones, are not gone on with", async () => {
  stopAt(1);
  await session.receive(RUN);
  const { adapter } = await requestDevice(navigator.gpu).then(({ device, name }) => {
    device.destroy();
    return { adapter: name };
  });
  const outcomes = [{ seed: 1, numbers: {}, series: {} }];
  const same = { ...{ experiment: "clips-more", seeds: 2, steps: 8 }, adapter, family: "register" };
  const begun = { ...same, build: "test", seconds: 1, updatedAt: 0, outcomes };
  const firstStepAfter = async (kept: Partial<KeptExperiment>) => {
    await database.put({ ...begun, ...kept });
    events = [];
    heard = (event) => {
      if (event.type === "progress") void session.receive({ type: "stop" });
    };
    await session.receive(RUN);
    return firstStep();
  };
  expect(await firstStepAfter({})).toMatchObject({ done: 9 });
  expect(await firstStepAfter({ build: "older" })).toMatchObject({ done: 1 });
  expect(await firstStepAfter({ adapter: "another" })).toMatchObject({ done: 1 });
  expect(await firstStepAfter({ steps: 12 })).toMatchObject({ done: 1 });
  expect(await firstStepAfter({ outcomes: [...outcomes, ...outcomes] })).toMatchObject({ done: 1 });
});

test("while it is held no step is taken, though another one runs to its end", async () => {
  const holding = new Promise<void>((resolve) => {
    heard = (event) => {
      if (event.type !== "progress" || event.done !== 3) return;
      void session.receive({ type: "hold" });
      resolve();
    };
  });
  const ended = session.receive(RUN);
  await holding;
  const other: ExperimentEvent[] = [];
  await open("experiments beside", { post: (event) => other.push(event) }).session.receive(RUN);
  expect(other.at(-1)).toEqual({ type: "ended" });
  expect(events.at(-1)).toMatchObject({ type: "progress", done: 3 });
  await session.receive({ type: "go" });
  await ended;
  expect(events.at(-1)).toEqual({ type: "ended" });
});

test("another tab's experiment, no WebGPU and an unknown name are said", async () => {
  await open("experiments refused", { lock: () => Promise.resolve(null) }).session.receive(RUN);
  expect(events).toEqual([
    {
      type: "failed",
      message: "An experiment is running in another tab.",
      remedy: "Wait for it, or close that tab.",
    },
  ]);
  events = [];
  await open("experiments refused", { gpu: undefined }).session.receive(RUN);
  expect(events).toEqual([
    expect.objectContaining({ type: "failed", message: expect.stringContaining("no WebGPU") }),
  ]);
  events = [];
  await session.receive({ ...RUN, experiment: "none" });
  expect(events).toEqual([
    expect.objectContaining({ type: "failed", message: expect.stringContaining('named "none"') }),
  ]);
});

test("a result that cannot be kept is shown all the same, and why it is not kept", async () => {
  const unkept = {
    ...keptExperiments("experiments unkept"),
    put: () => Promise.reject(new Error("full")),
  };
  await open("experiments unkept", { database: unkept }).session.receive(RUN);
  expect(seedsDone()).toBe(2);
  expect(events.find((event) => event.type === "seed")).toMatchObject({ notKept: "Error: full" });
});
