import { afterAll, expect, test, vi } from "vitest";
import { watchDevice } from "../../src/cli/bench/watch-device.ts";
import { runFrom } from "../../src/config/run-from.ts";
import { createRun } from "../../src/engine/trainer.ts";
import { openDevice } from "../support/with-device.ts";

const { device, close } = await openDevice();
afterAll(close);

test("after the first generation nothing is allocated, compiled or bound", async () => {
  const preset = runFrom("from-scratch", { seed: 5, set: { task: "sort", difficulty: "3" } });
  const config = {
    ...preset,
    policy: { ...preset.policy, layers: 1, width: 24, heads: 2, kvHeads: 1, hidden: 64 },
    grpo: {
      ...preset.grpo,
      per_device_train_batch_size: 8,
      num_generations: 8,
      generation_batch_size: null,
      steps_per_generation: 2,
      num_iterations: 2,
      max_completion_length: 3,
    },
  };
  const watch = watchDevice(device);
  const compile = vi.spyOn(device, "createComputePipelineAsync");
  const run = await createRun({ device, config, weights: null });
  // Prefill, decoding and training share their kernels; only the plain linear has tiles of two sizes here.
  const labels = compile.mock.calls.map(([{ label = "" }]) => label);
  const twice = labels.filter(
    (label, i) => label !== "linear.forward" && labels.indexOf(label) < i,
  );
  expect(twice).toEqual([]);

  do await run.advance();
  while (!run.atGenerationEnd);
  const { buffers, pipelines, bindGroups } = watch;
  expect(Math.min(buffers, pipelines, bindGroups)).toBeGreaterThan(20);

  for (let generation = 0; generation < 2; generation++) {
    do await run.advance();
    while (!run.atGenerationEnd);
  }
  expect({ ...watch }).toMatchObject({ buffers, pipelines, bindGroups });
  run.destroy();
});
