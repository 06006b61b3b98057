import { afterAll, expect, test, vi } from "vitest";
import { runFrom } from "../../src/config/run-from.ts";
import { Pace } from "../../src/engine/gpu/pace.ts";
import { recordToJson, type StepRecord } from "../../src/engine/record.ts";
import { createRun } from "../../src/engine/trainer.ts";
import { openDevice } from "../support/with-device.ts";

const { device, close } = await openDevice();
afterAll(close);

const C = 12;
const content = ({ metrics: { step_time: _, ...metrics }, ...rest }: StepRecord) =>
  JSON.stringify(recordToJson({ ...rest, metrics }));

test("a submission takes as many pieces as fit into 100 ms, and one at least", () => {
  const pace = new Pace(8);
  expect(pace.pieces).toBe(8);
  pace.took(10, 50);
  expect(pace.pieces).toBe(20);
  pace.took(4, 4000);
  expect(pace.pieces).toBe(1);
});

test("on a slow GPU a rollout and a step are cut into many submissions, with the same bits", async () => {
  const preset = runFrom("from-scratch", {
    seed: 5,
    set: { task: "sort", difficulty: "3" },
    arms: ["token"],
  });
  const config = {
    ...preset,
    policy: { ...preset.policy, layers: 1, width: 24, heads: 2, kvHeads: 1, hidden: 64 },
    grpo: {
      ...preset.grpo,
      per_device_train_batch_size: 8,
      gradient_accumulation_steps: 2,
      num_generations: 8,
      generation_batch_size: null,
      steps_per_generation: 4,
      max_completion_length: C,
    },
  };
  const run = await createRun({ device, config, weights: null });
  const submit = vi.spyOn(device.queue, "submit");
  const generation = async (): Promise<{ records: string[]; submissions: number }> => {
    submit.mockClear();
    const records: string[] = [];
    do records.push(...(await run.advance()).map(content));
    while (!run.atGenerationEnd);
    return { records, submissions: submit.mock.calls.length };
  };
  await generation();
  run.reset();
  const quick = await generation();

  // A clock on which everything takes seconds.
  let now = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 5000));
  run.reset();
  await generation();
  run.reset();
  const slow = await generation();
  clock.mockRestore();
  submit.mockRestore();
  expect(slow.records).toEqual(quick.records);
  // A submission for each of the tokens but the last, and for each micro-batch.
  expect(slow.submissions).toBeGreaterThanOrEqual(quick.submissions + C - 2);
  run.destroy();
});
