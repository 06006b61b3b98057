import { expect, test } from "vitest";
import { runFrom } from "../../../src/config/run-from.ts";
import { LimitError } from "../../../src/engine/gpu/limits.ts";
import { createRun } from "../../../src/engine/run/run.ts";
import { withDevice } from "../../support/with-device.ts";

test("a run that needs a larger buffer than the GPU binds is refused with the limit and the fields", () =>
  withDevice(async (device) => {
    // 128 MiB is what every adapter gives; this batch's activations need more.
    expect(device.limits.maxStorageBufferBindingSize).toBe(128 * 2 ** 20);
    const config = runFrom("from-scratch", {
      set: {
        per_device_train_batch_size: "1024",
        num_generations: "16",
        max_completion_length: "1024",
        hidden: "256",
      },
    });
    const refused = createRun({ device, config, weights: null });
    await expect(refused).rejects.toThrow(LimitError);
    await expect(refused).rejects.toThrow(
      /needs [\d.]+ [MG]iB in one buffer; maxStorageBufferBindingSize of this GPU is 128.0 MiB/,
    );
    await expect(refused).rejects.toMatchObject({
      remedy: expect.stringMatching(/per_device_train_batch_size/),
      fields: expect.arrayContaining(["max_completion_length"]),
    });
  }));
