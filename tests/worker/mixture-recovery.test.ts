import { afterAll, beforeEach, expect, test } from "vitest";
import type { RunConfig } from "../../src/config/types.ts";
import type { StepRecord } from "../../src/record/record.ts";
import { freeLocks, openSession, type OpenSession, storedUpTo } from "../support/session.ts";
import { sharedGpu } from "../support/shared-gpu.ts";
import { content, smallRun } from "../support/small-run.ts";

let name: string;
beforeEach(() => {
  name = `mixtures ${crypto.randomUUID()}`;
  freeLocks();
});
afterAll(freeLocks);

/** 4 optimizer steps a generation, of a mixture that changes its mind. */
function mixture(): RunConfig {
  const run = smallRun({ steps_per_generation: 2, num_iterations: 2, learning_rate: 0.01 });
  const policy = { ...run.policy, layers: 2, hidden: 12 };
  const mixed = { architecture: "qwen3_moe", mixture: { experts: 4, perToken: 2 } } as const;
  return { ...run, policy: { ...policy, ...mixed } };
}

/** Routes are replayed from the next rollout on, at step 8. */
const change = {
  type: "change",
  arm: "token",
  fields: { router_replay: "R2", router_aux_loss_coef: 0.05 },
} as const;

const step = (session: OpenSession, steps: number) => session.ask({ type: "step", steps }, "idle");

async function opened(database = name, losses = 0): Promise<OpenSession> {
  const session = openSession(database, { gpu: sharedGpu({ own: losses }) });
  session.send({ type: "open", base: "http://localhost/" });
  await session.ask({ type: "load", run: mixture() }, "loaded");
  return session;
}

const recordsOf = ({ events }: OpenSession): StepRecord[] =>
  events.flatMap((event) => (event.type === "stepped" ? event.records : []));

/** What 12 steps leave that nothing befalls; trained once. */
let whole: Promise<readonly StepRecord[]> | null = null;
const undisturbed = (): Promise<readonly StepRecord[]> =>
  (whole ??= (async () => {
    const session = await opened(`${name} whole`);
    await step(session, 6);
    await session.ask(change, "changed");
    await step(session, 6);
    return recordsOf(session);
  })());

test("a change to R2 replays routes from the next rollout on", async () => {
  const flipped = (await undisturbed()).map(({ metrics }) => metrics["router/flipped"]!);
  expect(flipped).toHaveLength(12);
  expect(Math.max(...flipped.slice(6, 8))).toBeGreaterThan(0);
  expect(flipped.slice(8)).toEqual([0, 0, 0, 0]);
});

test.each([5, 7, 10])(
  "a mixture whose GPU is lost after step %i goes on bit for bit",
  async (at) => {
    const expected = await undisturbed();
    const session = await opened(name, 1);
    const lose = async () => {
      const back = session.next("recovered");
      session.send({ type: "lose-device" });
      await back;
    };
    const stretches = [6, 12].flatMap((end) => (end > at && end - 6 < at ? [at, end] : [end]));
    for (const [i, end] of stretches.entries()) {
      await step(session, end - (stretches[i - 1] ?? 0));
      if (end === at) await lose();
      if (end === 6) await session.ask(change, "changed");
    }
    expect(recordsOf(session).map(content)).toEqual(expected.map(content));
  },
);

test("a mixture's run that was closed goes on in another session bit for bit", async () => {
  const expected = await undisturbed();
  const first = await opened();
  await step(first, 6);
  await first.ask(change, "changed");
  await step(first, 4);
  await storedUpTo(first, 10);
  freeLocks();
  const second = openSession(name, { gpu: sharedGpu({ own: 0 }) });
  const resumed = await second.ask({ type: "resume", id: null }, "resumed");
  expect(resumed.records.at(-1)?.experts).toEqual(expected[9]!.experts);
  await step(second, 2);
  expect(recordsOf(second).map(content)).toEqual(expected.slice(10).map(content));
});
