import { readFileSync } from "node:fs";
import { beforeEach, expect, test } from "vitest";
import { decodeSafetensors } from "../../src/engine/policy/safetensors.ts";
import { keptExperiments } from "../../src/runs/kept-experiments.ts";
import type { ExperimentEvent } from "../../src/worker/experiment-protocol.ts";
import {
  ExperimentSession,
  type ExperimentSessionHost,
} from "../../src/worker/experiment-session.ts";
import "../support/session.ts";

const checkpoint: ExperimentSessionHost["checkpoint"] = async (_, name) =>
  decodeSafetensors(
    readFileSync(new URL(`../../public/checkpoints/${name}.safetensors`, import.meta.url)),
  ).tensors;

let events: ExperimentEvent[] = [];
let heard: (event: ExperimentEvent) => void = () => undefined;
beforeEach(() => {
  events = [];
  heard = () => undefined;
});

/** A worker of experiments without its page. `hears`: called at every event. */
function open(name: string, host: Partial<ExperimentSessionHost> = {}) {
  const database = keptExperiments(name);
  const session = new ExperimentSession({
    ...{ gpu: navigator.gpu, build: "test", families: null, database, checkpoint },
    lock: () => Promise.resolve(() => undefined),
    post: (event) => {
      events.push(event);
      heard(event);
    },
    ...host,
  });
  return { session, database };
}

const RUN = { type: "run", experiment: "clips-more", steps: 8, base: "" } as const;
const seedsDone = () => events.filter(({ type }) => type === "seed").length;

test("what is stopped after a seed goes on with the next one, to the same numbers", async () => {
  const { session, database } = open("experiments whole");
  await session.receive({ ...RUN, seeds: 2 });
  expect(events.at(-1)).toEqual({ type: "ended" });
  const whole = (await database.get("clips-more"))!;
  expect(whole).toMatchObject({ seeds: 2, steps: 8, build: "test", family: "register" });
  expect(whole.outcomes.map(({ seed }) => seed)).toEqual([1, 2]);
  const last = events.findLast((event) => event.type === "progress");
  expect(last).toMatchObject({ done: 16, total: 16, leftMs: 0 });

  // As when the tab is closed in the middle of the second seed.
  const first = open("experiments in parts");
  events = [];
  heard = (event) => {
    if (event.type === "progress" && event.done === 10)
      void first.session.receive({ type: "stop" });
  };
  await first.session.receive({ ...RUN, seeds: 2 });
  expect(seedsDone()).toBe(1);
  expect((await first.database.get("clips-more"))!.outcomes).toHaveLength(1);

  const second = open("experiments in parts");
  events = [];
  heard = () => undefined;
  await second.session.receive({ ...RUN, seeds: 2 });
  expect(seedsDone()).toBe(1);
  expect(events.find((event) => event.type === "progress")).toMatchObject({ done: 9, total: 16 });
  expect((await second.database.get("clips-more"))!.outcomes).toEqual(whole.outcomes);
});

test("seeds of another build are not gone on with", async () => {
  const { session } = open("experiments of builds");
  heard = (event) => {
    if (event.type === "seed") void session.receive({ type: "stop" });
  };
  await session.receive({ ...RUN, seeds: 2 });
  const later = open("experiments of builds", { build: "later" });
  events = [];
  heard = (event) => {
    if (event.type === "progress") void later.session.receive({ type: "stop" });
  };
  await later.session.receive({ ...RUN, seeds: 2 });
  expect(events.find((event) => event.type === "progress")).toMatchObject({ done: 1 });
});

test("while it is held no step is taken", async () => {
  const { session } = open("experiments held");
  let held = 0;
  heard = (event) => {
    if (event.type !== "progress" || event.done !== 3) return;
    void session.receive({ type: "hold" });
    // Whatever was under way has had its turns when these have come.
    setTimeout(() => {
      held = events.length;
      void session.receive({ type: "go" });
    }, 50);
  };
  await session.receive({ ...RUN, seeds: 2 });
  const third = events.findIndex((event) => event.type === "progress" && event.done === 3);
  expect(held).toBe(third + 1);
  expect(events.at(-1)).toEqual({ type: "ended" });
});

test("another tab's experiment, no WebGPU and an unknown name are said", async () => {
  await open("experiments refused", { lock: () => Promise.resolve(null) }).session.receive({
    ...RUN,
    seeds: 2,
  });
  expect(events).toEqual([
    {
      type: "failed",
      message: "An experiment is running in another tab.",
      remedy: "Wait for it, or close that tab.",
    },
  ]);
  events = [];
  await open("experiments refused", { gpu: undefined }).session.receive({ ...RUN, seeds: 2 });
  expect(events).toEqual([
    expect.objectContaining({ type: "failed", message: expect.stringContaining("no WebGPU") }),
  ]);
  events = [];
  const { session } = open("experiments refused");
  await session.receive({ ...RUN, experiment: "none", seeds: 2 });
  expect(events).toEqual([
    expect.objectContaining({ type: "failed", message: expect.stringContaining('named "none"') }),
  ]);
});

test("a result that cannot be kept is shown all the same, and why it is not kept", async () => {
  const database = {
    ...keptExperiments("experiments unkept"),
    put: () => Promise.reject(new Error("full")),
  };
  const { session } = open("experiments unkept", { database });
  await session.receive({ ...RUN, seeds: 2 });
  expect(seedsDone()).toBe(2);
  expect(events.find((event) => event.type === "seed")).toMatchObject({ notKept: "Error: full" });
});
