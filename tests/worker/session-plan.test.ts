import { expect, test } from "vitest";
import { runFrom } from "../../src/config/run-from.ts";
import { presets } from "../../src/config/presets.ts";
import { openSession } from "../support/session.ts";
import { sharedGpu } from "../support/shared-gpu.ts";

test("the worker says what a run would hold, or which limit and fields keep it from running", async () => {
  const small = runFrom("sort", {});
  const large = runFrom("from-scratch", {
    set: {
      per_device_train_batch_size: "1024",
      num_generations: "16",
      max_completion_length: "2000",
      hidden: "1024",
    },
  });
  const { request, events } = openSession("plan", { gpu: sharedGpu() });
  const plan = (run: typeof small) => request({ type: "plan", run });
  const [fine, refused, invalid] = await Promise.allSettled([
    plan(small),
    plan(large),
    plan({ ...small, difficulty: 1000 }),
  ]);
  expect(fine).toMatchObject({
    value: { summary: expect.stringMatching(/^The run needs \d+\.\d MiB on the GPU, at most/) },
  });
  expect(refused).toMatchObject({
    reason: {
      failure: {
        kind: "limits",
        message: expect.stringMatching(/GiB in one buffer; max(StorageBufferBinding|Buffer)Size/),
        remedy: expect.stringMatching(/^Lower per_device_train_batch_size/),
        fields: expect.arrayContaining(["hidden"]),
      },
    },
  });
  expect(invalid).toMatchObject({ reason: { failure: { fields: ["difficulty"] } } });
  // A refusal is for whoever asked: no run has failed.
  expect(events).toEqual([]);
});

test("every preset is planned below the 128 MiB that any adapter binds", async () => {
  const { request } = openSession("plan", { gpu: sharedGpu() });
  for (const { run } of presets) {
    expect((await request({ type: "plan", run })).largest.bytes).toBeLessThan(2 ** 27);
  }
});
