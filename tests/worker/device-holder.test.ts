import { expect, test } from "vitest";
import type { MemoryPlan } from "../../src/engine/run/memory-plan.ts";
import { DeviceHolder } from "../../src/worker/device-holder.ts";
import { failureOf } from "../../src/worker/failure.ts";

/** Devices that are there at once and can do nothing but be lost. */
function fakeGpu(): GPU {
  const requestDevice = async () => {
    let lose: (info: { message: string }) => void = () => undefined;
    const lost = new Promise((resolve) => (lose = resolve));
    const destroy = () => lose({ message: "gone" });
    return { lost, destroy, adapterInfo: {}, addEventListener: () => undefined };
  };
  const adapter = { info: {}, limits: {}, features: new Set(), requestDevice };
  return { requestAdapter: async () => adapter } as unknown as GPU;
}

/** A holder whose device is lost at each of the steps in turn; how often it was lost. */
async function loseAt(steps: readonly number[]) {
  let [at, lost] = [0, 0];
  const holder = new DeviceHolder(fakeGpu(), {
    step: () => at,
    lost: () => lost++,
    fault: () => undefined,
  });
  for (const step of steps) {
    at = step;
    await holder.get();
    holder.recovered();
    holder.destroy();
    await new Promise((resolve) => setTimeout(resolve));
  }
  return { holder, lost };
}

test("three losses at one step are too many", async () => {
  const { holder, lost } = await loseAt([7, 7, 7]);
  expect(lost).toBe(3);
  expect(() => holder.requireAnotherTry("")).toThrow(/3 times in a row at step 7/);
});

test("losses with steps between them are not, nor those of another run at earlier steps", async () => {
  const { holder } = await loseAt([7, 8, 9, 110, 3, 2]);
  expect(() => holder.requireAnotherTry("")).not.toThrow();
});

test("what is lost while it is being asked for is lost as soon as it is there", async () => {
  const { holder } = await loseAt([4]);
  holder.destroy();
  const acquired = await holder.get();
  await acquired.device.lost;
  expect(holder.acquired).toBeNull();
});

const MUCH = 64 * 2 ** 20;

/** A run that takes so much is set up on the holder's device. */
const setUp = (holder: DeviceHolder, bytes: number): void => {
  const plan = {
    bytes,
    largest: { fields: ["width", "hidden", "layers"] },
  } as unknown as MemoryPlan;
  holder.hear({ type: "planned", plan });
};
const stepped = (reports: number) =>
  ({ type: "stepped", reports: Array.from({ length: reports }), records: [] }) as never;

test("a device that is lost with a large run before its first step is not asked for again by itself", async () => {
  const { holder } = await loseAt([0]);
  setUp(holder, MUCH);
  // Records alone are those of a step before.
  holder.hear(stepped(0));
  let thrown: unknown;
  try {
    holder.requireAnotherTry("");
  } catch (error) {
    thrown = error;
  }
  expect(failureOf(thrown, null)).toMatchObject({
    kind: "set-up-lost",
    message: expect.stringMatching(/^The GPU was lost before the first step .* 64\.0 MiB/),
    remedy: "Lower width, hidden or layers.",
    fields: ["width", "hidden", "layers"],
  });
});

test("a smaller run, or one that has trained since, is", async () => {
  const { holder } = await loseAt([0]);
  setUp(holder, MUCH - 1);
  expect(() => holder.requireAnotherTry("")).not.toThrow();
  setUp(holder, 2 * MUCH);
  holder.hear(stepped(1));
  expect(() => holder.requireAnotherTry("")).not.toThrow();
});
