import { expect, test } from "vitest";
import { runFrom } from "../../src/config/run-from.ts";
import { presets } from "../../src/config/presets.ts";
import type { WorkerEvent } from "../../src/worker/protocol.ts";
import { openSession } from "../support/session.ts";
import { sharedGpu } from "../support/shared-gpu.ts";

/** The worker's answers to "plan" for some runs, in order. */
async function planned(...runs: ReturnType<typeof runFrom>[]): Promise<WorkerEvent[]> {
  const { ask } = openSession("plan", { gpu: sharedGpu() });
  const answers: WorkerEvent[] = [];
  for (const run of runs) answers.push(await ask({ type: "plan", run }, "planned"));
  return answers;
}

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
  const wrong = { ...small, difficulty: 1000 };
  const [fine, refused, invalid] = await planned(small, large, wrong);
  expect(fine).toMatchObject({
    type: "planned",
    asked: true,
    refusal: null,
    plan: { says: expect.stringMatching(/^The run needs \d+\.\d MiB on the GPU, at most/) },
  });
  expect(refused).toMatchObject({
    type: "planned",
    plan: null,
    refusal: {
      message: expect.stringMatching(/GiB in one buffer; max(StorageBufferBinding|Buffer)Size/),
      remedy: expect.stringMatching(/^Lower per_device_train_batch_size/),
      fields: expect.arrayContaining(["hidden"]),
    },
  });
  expect(invalid).toMatchObject({ plan: null, refusal: { fields: ["difficulty"] } });
});

test("every preset is planned below the 128 MiB that any adapter binds", async () => {
  for (const event of await planned(...presets.map(({ run }) => run))) {
    expect(event).toMatchObject({ refusal: null });
    if (event.type === "planned") expect(event.plan!.largest.bytes).toBeLessThan(2 ** 27);
  }
});
