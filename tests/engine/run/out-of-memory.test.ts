import { expect, test, vi } from "vitest";
import { watchDevice } from "../../../src/cli/bench/watch-device.ts";
import { createRun } from "../../../src/engine/run/run.ts";
import { sharedDevice } from "../../support/shared-device.ts";
import { armAt, content, smallRun } from "../../support/small-run.ts";

const device = sharedDevice();

/** The device as one whose memory ends with the next scope that asks. */
function runsOut() {
  const asked = vi.spyOn(device(), "popErrorScope");
  asked.mockImplementationOnce(async () => {
    await device().popErrorScope();
    return { message: "no more memory" } as GPUError;
  });
  return asked;
}

/** Shapes that kernels were bound with: bytes that go with their bind groups. */
const UNIFORMS = 2048;

const TOO_LITTLE = "This GPU has too little free memory for the run: no more memory";

test("a run that the memory does not hold is refused, and none of its buffers stays", async () => {
  const watch = watchDevice(device());
  const asked = runsOut();
  await expect(
    createRun({ device: device(), config: smallRun({}), weights: null }),
  ).rejects.toThrow(TOO_LITTLE);
  asked.mockRestore();
  expect(watch.buffers).toBeGreaterThan(0);
  expect(watch.bytes).toBeLessThan(UNIFORMS);
});

test("a fork that the memory does not hold is refused, and the run trains on as it was", async () => {
  const config = smallRun({ num_iterations: 2 });
  const train = async (forks: boolean) => {
    const run = await createRun({ device: device(), config, weights: null });
    const records = [...(await run.advance())];
    if (forks) {
      const watch = watchDevice(device());
      const asked = runsOut();
      await expect(run.fork("token", armAt("sequence"))).rejects.toThrow(TOO_LITTLE);
      asked.mockRestore();
      expect(watch.buffers).toBeGreaterThan(0);
      expect(watch.bytes).toBeLessThan(UNIFORMS);
      expect(run.arms.map(({ name }) => name)).toEqual(["token"]);
      expect(run.config.arms).toEqual(config.arms);
    }
    records.push(...(await run.advance()), ...(await run.advance()));
    run.destroy();
    return records.map(content);
  };
  expect(await train(true)).toEqual(await train(false));
});
