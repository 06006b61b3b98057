import { beforeEach, expect, test, vi } from "vitest";
import type { Family } from "../../src/engine/gpu/family.ts";
import type { RunOptions } from "../../src/engine/run/set-up.ts";
import type * as trainer from "../../src/engine/run/run.ts";
import { openRuns } from "../../src/runs/database.ts";
import { freeLocks, openSession, storedUpTo } from "../support/session.ts";
import { sharedGpu } from "../support/shared-gpu.ts";
import { smallRun } from "../support/small-run.ts";

const asked: (Family | undefined)[] = vi.hoisted(() => []);

// Workgroup tiles take a second each to compile here: the run is built with register tiles, and
// says what it was asked for.
vi.mock("../../src/engine/run/run.ts", async (load) => {
  const real = await load<typeof trainer>();
  const createRun = async (options: RunOptions) => {
    asked.push(options.family);
    const run = await real.createRun({ ...options, family: "register" });
    return Object.defineProperty(run, "family", { value: options.family });
  };
  return { ...real, createRun };
});

beforeEach(() => {
  asked.length = 0;
  freeLocks();
});

test("a stored run goes on with the tiles that it was trained with, on a recovered device too", async () => {
  const name = `family ${crypto.randomUUID()}`;
  const first = openSession(name, { gpu: sharedGpu() });
  first.send({ type: "open", base: "http://localhost/" });
  const loaded = await first.ask({ type: "load", run: smallRun({}) }, "loaded");
  expect(loaded.adapter.family).toBe("register");
  await first.ask({ type: "step", steps: 2 }, "idle");
  await storedUpTo(first, 2);

  const database = await openRuns(name);
  const [own] = await database.list();
  const whole = await database.whole(own!.id);
  const { family, ...before } = whole.run;
  expect(family).toBe("register");
  const without = { ...whole, checkpoints: [] };
  const former = await database.add({ ...without, run: before });
  const other = await database.add({ ...without, run: { ...before, family: "workgroup" } });

  const second = openSession(name, { gpu: sharedGpu({ own: 1 }) });
  second.send({ type: "open", base: "http://localhost/" });
  await second.ask({ type: "resume", id: former }, "resumed");
  const shown = second.next("loaded");
  await second.ask({ type: "resume", id: other }, "resumed");
  expect((await shown).adapter.family).toBe("workgroup");
  await second.ask({ type: "lose-device" }, "recovered");
  expect(asked).toEqual(["register", "register", "workgroup", "workgroup"]);

  await second.ask({ type: "step", steps: 1 }, "idle");
  await storedUpTo(second, 3);
  expect(await database.get(other)).toMatchObject({ step: 3, family: "workgroup" });
  database.close();
});
