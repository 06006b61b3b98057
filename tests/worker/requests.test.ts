import { beforeEach, expect, test } from "vitest";
import { RefusedError } from "../../src/worker/refused-error.ts";
import { freeLocks, openSession, type OpenSession } from "../support/session.ts";
import { sharedGpu } from "../support/shared-gpu.ts";
import { smallRun } from "../support/small-run.ts";

// Each request has an answer of its own, whatever befalls the run while it is asked.

beforeEach(freeLocks);

/** On a device that it may lose, where one is handed in. */
async function trained(steps: number, gpu = sharedGpu()): Promise<OpenSession> {
  const session = openSession(`requests ${crypto.randomUUID()}`, { gpu });
  session.send({ type: "open", base: "http://localhost/" });
  const run = smallRun({ steps_per_generation: 2, num_iterations: 2, max_steps: 40 });
  await session.ask({ type: "load", run }, "loaded");
  await session.ask({ type: "step", steps }, "idle");
  return session;
}

const types = ({ events }: OpenSession): string[] => events.map(({ type }) => type);

test("a policy that is exported while a step diverges arrives all the same", async () => {
  const session = await trained(1);
  await session.ask({ type: "change", arm: null, fields: { learning_rate: 1e30 } }, "changed");
  // This step leaves the weights where the next one cannot be computed.
  await session.ask({ type: "step", steps: 1 }, "idle");
  const failed = session.next("idle").catch((error: unknown) => String(error));
  session.send({ type: "play" });
  const answer = session.request({ type: "policy", arm: "token" });
  expect(await failed).toMatch(/diverged at step 3/);
  const { step, archive } = await answer;
  expect(step).toBe(3);
  expect(archive.length).toBeGreaterThan(1000);
});

test("a run that cannot be loaded is answered with why, and training has failed", async () => {
  const session = await trained(1);
  const run = smallRun({ num_generations: 3 });
  const failed = session.next("failed");
  const refused = session.request({ type: "load", run }).catch((error: unknown) => error);
  expect(await failed).toMatchObject({ kind: "config" });
  const error = await refused;
  expect(error).toBeInstanceOf(RefusedError);
  expect((error as RefusedError).failure).toMatchObject({
    kind: "config",
    fields: expect.anything(),
  });
  // The next one is answered for itself.
  expect(await session.request({ type: "load", run: smallRun({ max_steps: 1 }) })).toBe(null);
});

test("two requests at once: each gets its own answer, the refused one a reason", async () => {
  const session = await trained(3);
  const [first, refused, unknown, second] = await Promise.allSettled([
    session.request({ type: "counterfactual", arm: "token", step: 2 }),
    session.request({ type: "recall", step: 99 }),
    session.request({ type: "policy", arm: "nobody" }),
    session.request({ type: "counterfactual", arm: "token", step: 3 }),
  ]);
  const stepOf = (settled: PromiseSettledResult<{ step: number }>) =>
    settled.status === "fulfilled" ? settled.value.step : settled.reason;
  expect([stepOf(first), stepOf(second)]).toEqual([2, 3]);
  for (const [settled, says] of [
    [refused, /^Step 99 cannot be taken again/],
    [unknown, /^The run has no arm "nobody"\. Choose one that it has\.$/],
  ] as const) {
    expect(settled.status).toBe("rejected");
    if (settled.status !== "rejected") continue;
    expect(settled.reason).toBeInstanceOf(RefusedError);
    expect(String((settled.reason as RefusedError).message)).toMatch(says);
  }
  // Neither has failed the run.
  expect(types(session)).not.toContain("failed");
  expect(await session.ask({ type: "step", steps: 1 }, "idle")).toMatchObject({ step: 4 });
});

test("a GPU that is lost meanwhile refuses the request, and the run comes back", async () => {
  const session = await trained(3, sharedGpu({ own: 1 }));
  const back = session.next("recovered");
  session.send({ type: "lose-device" });
  const answer = session.request({ type: "policy", arm: "token" });
  await expect(answer).rejects.toThrow("The GPU was lost meanwhile. Ask again.");
  expect(await back).toMatchObject({ step: 3 });
  expect(await session.request({ type: "policy", arm: "token" })).toMatchObject({ step: 3 });
});

test("before there is a run a request is refused", async () => {
  const session = openSession("requests without a run");
  const asked = session.request({ type: "rewind", step: 1 });
  await expect(asked).rejects.toThrow("There is no run yet. Load one first.");
});
