import { afterAll, expect, test, vi } from "vitest";
import { runFrom } from "../../../src/config/run-from.ts";
import type { GRPOConfig, RunConfig } from "../../../src/config/types.ts";
import { recordToJson, type StepRecord, type StepReport } from "../../../src/record/record.ts";
import { createRun, type Run } from "../../../src/engine/run/run.ts";
import { openDevice } from "../../support/with-device.ts";

const { device, close } = await openDevice();
afterAll(close);

/** Two tiny arms whose rollouts serve `slices` · 2 micro-batches, two an optimizer step. */
function small(slices: number, fields: Partial<GRPOConfig> = {}): RunConfig {
  const run = runFrom("from-scratch", { seed: 5, set: { task: "sort", difficulty: "3" } });
  const grpo = {
    ...run.grpo,
    per_device_train_batch_size: 4,
    gradient_accumulation_steps: 2,
    num_generations: 4,
    generation_batch_size: null,
    steps_per_generation: slices,
    num_iterations: slices % 2 === 0 ? 2 : 1,
    max_completion_length: 5,
    learning_rate: 5e-3,
    ...fields,
  };
  const policy = { ...run.policy, layers: 1, width: 24, heads: 2, kvHeads: 1, hidden: 64 };
  return { ...run, grpo, policy };
}

const content = (records: readonly StepRecord[]) =>
  records.map(({ metrics: { step_time: _, ...metrics }, ...rest }) =>
    JSON.stringify(recordToJson({ ...rest, metrics })),
  );

const weightsOf = (run: Run) => Promise.all(run.arms.map((arm) => arm.weights()));

const STEPS = 6;

test.each([
  [
    "four steps a rollout, a reference that follows",
    small(4, { beta: 0.1, sync_ref_model: true, ref_model_sync_steps: 2 }),
  ],
  ["8-bit moments, another loss", small(2, { optim: "adamw_8bit", loss_type: "cispo" })],
  ["steps that span two rollouts", small(3)],
] as const)("the record of a step that was taken without one: %s", async (_, config) => {
  const run = await createRun({ device, config, weights: null, pastBytes: 2 ** 24 });
  const advanced: string[][] = [];
  for (let step = 0; step < STEPS; step++) advanced.push(content(await run.advance()));
  const weights = await weightsOf(run);

  run.reset();
  const reports: StepReport[][] = [];
  for (let step = 1; step <= STEPS; step++) {
    reports.push(await run.advanceUnrecorded());
    // Some steps are taken again, others are not: what follows is the same.
    if (step % 3 === 1) continue;
    const records = await run.records(step);
    expect(content(records)).toEqual(advanced[step - 1]);
    // The same numbers as were told of it, its time included.
    expect(records.map(({ metrics }) => metrics)).toEqual(
      reports.at(-1)!.map((each) => each.metrics),
    );
    const submit = vi.spyOn(device.queue, "submit");
    expect(await run.records(step)).toEqual(records);
    expect(submit).not.toHaveBeenCalled();
    submit.mockRestore();
  }
  expect(await weightsOf(run)).toEqual(weights);
  // An earlier one by way of the run's past, with nothing of it left in the run.
  expect(content(await run.records(4))).toEqual(advanced[3]);
  expect(content(await run.records(1))).toEqual(advanced[0]);
  expect(await weightsOf(run)).toEqual(weights);
  const next = content(await run.advance());
  run.reset();
  for (let step = 0; step < STEPS; step++) await run.advance();
  expect(content(await run.advance())).toEqual(next);
  run.destroy();
});

test("before a step there is no record, and after one that diverged none of the arms that did", async () => {
  const run = await createRun({ device, config: small(2), weights: null, pastBytes: 2 ** 24 });
  expect(await run.records(0)).toEqual([]);
  await run.advance();
  const second = await run.advanceUnrecorded();
  run.change("token", { learning_rate: 1e30 });
  await run.advanceUnrecorded();
  await expect(run.advanceUnrecorded()).rejects.toThrow(/The token arm diverged at step 4/);
  expect((await run.records(4)).map(({ arm }) => arm)).toEqual(["sequence"]);
  const [token] = await run.records(2);
  expect(token?.metrics).toEqual({ ...second[0]!.metrics, step_time: expect.any(Number) });
  run.destroy();
});
