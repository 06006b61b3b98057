import { expect, test } from "vitest";
import { DeviceHolder } from "../../src/worker/device-holder.ts";

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
