import { afterAll, expect, test, vi } from "vitest";
import { Cost, learn } from "../../../src/engine/gpu/pace.ts";
import type { StepReport } from "../../../src/record/record.ts";
import { createRun, type Run } from "../../../src/engine/run/run.ts";
import { atPace } from "../../support/clock.ts";
import { armAt, content, smallRun } from "../../support/small-run.ts";
import { openDevice } from "../../support/with-device.ts";

const { device, close } = await openDevice();
afterAll(close);

const K = 12;

/** Submissions and dispatches of a generation, and what each of its steps left. */
async function generation(run: Run) {
  const submit = vi.spyOn(device.queue, "submit");
  const dispatch = vi.spyOn(GPUComputePassEncoder.prototype, "dispatchWorkgroups");
  const records: string[] = [];
  do records.push(...(await run.advance()).map(content));
  while (!run.atGenerationEnd);
  const submissions = submit.mock.calls.length;
  const dispatches = dispatch.mock.calls.length;
  submit.mockRestore();
  dispatch.mockRestore();
  return { records, submissions, dispatches };
}

test("what a submission took is shared out as it was expected, and is forgotten by halves", () => {
  const costs = [new Cost(), new Cost()];
  learn(costs.slice(0, 1), 30);
  learn(costs.slice(1), 10);
  learn(costs, 80);
  expect(costs.map(({ ms }) => ms)).toEqual([60, 20]);
  learn(costs, 0);
  expect(costs.map(({ ms }) => ms)).toEqual([30, 10]);
});

const config = smallRun({
  gradient_accumulation_steps: 2,
  steps_per_generation: 4,
  max_completion_length: K,
});

test("a quick GPU gets a step in one submission; on a slow one every dispatch has its own, with the same bits", async () => {
  const run = await createRun({ device, config, weights: null });
  // Nothing was measured yet: every dispatch is alone, in the first rollout's first token too.
  const first = await generation(run);
  run.reset();
  // What runs in microseconds.
  const quick = await atPace(1e-4, async () => {
    for (let i = 0; i < 12; i++) await generation(run);
    run.reset();
    return generation(run);
  });
  run.reset();
  const slow = await atPace(5000, async () => {
    await generation(run);
    run.reset();
    return generation(run);
  });
  expect(quick.records).toEqual(first.records);
  expect(slow.records).toEqual(first.records);
  // A rollout, its advantages, and two steps.
  expect(quick.submissions).toBe(4);
  // But for the advantages, a few dispatches that nobody waits long for.
  expect(slow.submissions).toBeGreaterThan(slow.dispatches - 8);
  run.destroy();
});

test("a step without a record copies out its metrics alone, and trains the same", async () => {
  const run = await createRun({ device, config, weights: null });
  const map = vi.spyOn(GPUBuffer.prototype, "mapAsync");
  const take = async <T>(step: () => Promise<T>) => {
    run.reset();
    await step();
    map.mockClear();
    const taken = [await step(), await step(), await step()];
    const ends = map.mock.calls.map(([, offset = 0, size = 0]) => ({ offset, end: offset + size }));
    const whole = Math.max(...ends.map(({ end }) => end));
    // What the steps left: rollouts and rewards are smaller.
    const mapped = ends.filter(({ end }) => end === whole).map(({ offset }) => whole - offset);
    return { taken, mapped, weights: await run.arms[0]!.weights() };
  };
  const recorded = await take(() => run.advance());
  const unrecorded = await take(() => run.advanceUnrecorded());
  map.mockRestore();
  const metrics = ({ taken }: { taken: readonly StepReport[][] }) =>
    taken.flat().map(({ arm, step, generation, innerStep, metrics: { step_time: _, ...rest } }) => {
      return { arm, step, generation, innerStep, rest };
    });
  expect(metrics(unrecorded)).toEqual(metrics(recorded));
  expect(unrecorded.weights).toEqual(recorded.weights);
  const [all] = recorded.mapped;
  expect(recorded.mapped).toEqual([all, all, all]);
  const [figures] = unrecorded.mapped;
  expect(unrecorded.mapped).toEqual([figures, figures, figures]);
  expect(figures).toBeLessThan(all! / 2);
  run.destroy();
});

test("the rollouts of all arms, and their steps, are on the GPU before one of them is waited for", async () => {
  const arms = [armAt("token"), armAt("sequence")];
  const run = await createRun({ device, config: { ...config, arms }, weights: null });
  const submitted: number[] = [];
  await atPace(1e-4, async () => {
    for (let i = 0; i < 12; i++) await generation(run);
    const submit = vi.spyOn(device.queue, "submit");
    for (let step = 0; step < 2; step++) {
      submit.mockClear();
      const taken = run.advance();
      submitted.push(submit.mock.calls.length);
      await taken;
    }
    submit.mockRestore();
  });
  expect(submitted).toEqual([2, 2]);
  run.destroy();
});
