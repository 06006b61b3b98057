import { afterAll, expect, test, vi } from "vitest";
import { watchDevice } from "../../../src/cli/bench/watch-device.ts";
import { createRun } from "../../../src/engine/run/run.ts";
import { armAt, smallRun } from "../../support/small-run.ts";
import { requestDevice } from "../../../src/engine/gpu/device.ts";

// One of its own: what others have compiled would not be counted.
const { device } = await requestDevice(navigator.gpu);
afterAll(() => device.destroy());

test("after the first generation nothing is allocated, compiled or bound", async () => {
  const passes = { steps_per_generation: 2, num_iterations: 2, max_completion_length: 3 };
  const config = smallRun(passes, [armAt("token"), armAt("sequence")]);
  const watch = watchDevice(device);
  const compile = vi.spyOn(device, "createComputePipelineAsync");
  const run = await createRun({ device, config, weights: null });
  // Prefill, decoding and training share their kernels; only the plain linear is there twice, with a norm
  // and without.
  const labels = compile.mock.calls.map(([{ label = "" }]) => label);
  const again = labels.filter((label, i) => labels.indexOf(label) < i);
  expect(again).toEqual(["linear.forward"]);

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
