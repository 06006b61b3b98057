import { afterAll, expect, test } from "vitest";
import { watchDevice } from "../../../src/cli/bench/watch-device.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import { stepPlan } from "../../../src/config/step-plan.ts";
import { parameterLayout } from "../../../src/engine/policy/parameters.ts";
import { policyShape } from "../../../src/engine/policy/shape-of.ts";
import { strides } from "../../../src/engine/policy/shape.ts";
import { checkPlan, memoryPlan } from "../../../src/engine/run/memory-plan.ts";
import { createRun } from "../../../src/engine/run/run.ts";
import { task } from "../../../src/tasks/registry.ts";
import { openDevice, withRegisters } from "../../support/with-device.ts";

// One device for all: the same kernels are compiled once.
const { device, close } = await openDevice();
afterAll(close);

const runs = {
  "two arms": runFrom("sort", {}),
  "a reference model": runFrom("grpo-classic", { set: { beta: "0.1" } }),
  "8-bit moments and accumulation": runFrom("unsloth-gspo", {}),
  "lion, a long completion, evaluations": runFrom("from-scratch", {
    set: {
      optim: "lion_32bit",
      max_completion_length: "40",
      layers: "1",
      eval_strategy: "steps",
      per_device_eval_batch_size: "16",
    },
  }),
  "one head, tied, a width that is no vec4": runFrom("from-scratch", {
    set: { optim: "sgd", heads: "1", kvHeads: "1", width: "18", tied: "true" },
  }),
};

test.each(Object.entries(runs))(
  "the plan is what the run then allocates: %s",
  async (_, config) => {
    const watch = watchDevice(device);
    const plan = await memoryPlan(withRegisters(device), config);
    expect(watch).toMatchObject({ buffers: 0, bytes: 0, pipelines: 0, bindGroups: 0 });
    const run = await createRun({ device, config: { ...config, warmStart: null }, weights: null });
    expect(plan.bytes).toBe(watch.bytes);
    expect(plan.groups.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(plan.bytes);
    run.destroy();
    expect(watch.bytes).toBe(0);
  },
);

test("bytes are counted with what they are for", async () => {
  const config = runs["lion, a long completion, evaluations"];
  const { groups } = await memoryPlan(withRegisters(device), {
    ...config,
    arms: config.arms.slice(0, 1),
  });
  const bytes = Object.fromEntries(groups.map((group) => [group.name, group.bytes]));
  const it = task(config.task);
  const shape = policyShape(config, it);
  const { keyValue, width, query, gateUp, hidden, queryKeyValue } = strides(shape);
  const {
    per_device_train_batch_size: B,
    per_device_eval_batch_size,
    max_completion_length: K,
  } = config.grpo;
  const P = it.maxPromptLength(config.difficulty);
  const rows =
    stepPlan(config.grpo, config.datasetSize).generationBatchSize + per_device_eval_batch_size;
  expect(bytes["key-value cache"]).toBe(4 * shape.layers * rows * (P + K) * 2 * keyValue);
  // Parameters, reference, gradient, Lion's moment, and of what a step changes a second copy.
  const { length } = parameterLayout(shape);
  expect(bytes["weights and optimizer"]).toBeGreaterThan(4 * 6 * length);
  expect(bytes["weights and optimizer"]).toBeLessThan(4 * 7 * length);
  // Of every token: stream, its normed copy, gate and up, attention's output, queries, keys, values.
  const tokens = B * (P + K - 1);
  const ofToken = width + width + gateUp + query + queryKeyValue;
  expect(bytes["gradients of activations"]).toBeGreaterThan(4 * tokens * ofToken);
  const kept = 2 * width + query + 2 * keyValue + query + gateUp + hidden;
  expect(bytes.activations).toBeGreaterThan(4 * tokens * kept);
});

test("a rectangle that only a large adapter holds is planned all the same", async () => {
  const config = runFrom("unsloth-gspo", {
    set: {
      max_completion_length: "2040",
      warmStart: "none",
      layers: "6",
      width: "320",
      heads: "5",
      kvHeads: "5",
      hidden: "1200",
    },
  });
  const plan = await memoryPlan(withRegisters(device), config);
  expect(plan.limit).toBe(128 * 2 ** 20);
  expect(plan.largest.bytes).toBeGreaterThan(plan.limit);
  // Gate and up of every layer alone: rows × columns × 2 · hidden numbers.
  expect(plan.bytes).toBeGreaterThan(6 * 8 * (6 + 2040 - 1) * 2 * 1200 * 4);
  await expect(
    createRun({ device, config: { ...config, warmStart: null }, weights: null }),
  ).rejects.toMatchObject({
    message: expect.stringMatching(
      /^The run needs \d\.\d GiB on the GPU\. .* needs [\d.]+ MiB in one buffer; maxStorageBufferBindingSize of this GPU is 128\.0 MiB\.$/,
    ),
    fields: expect.arrayContaining(["per_device_train_batch_size", "max_completion_length"]),
  });
});

test("ten million weights at the shapes of Unsloth's snippet fit the bindings of every adapter", async () => {
  const set = { max_completion_length: "2042", layers: "6", width: "384", heads: "6" };
  const config = runFrom("unsloth-gspo", {
    set: { ...set, kvHeads: "6", hidden: "920", warmStart: "none" },
  });
  const plan = await memoryPlan(withRegisters(device), config);
  expect(plan.limit).toBe(128 * 2 ** 20);
  expect(plan.largest).toMatchObject({ label: "layer 0 gate up", bytes: 120_527_360 });
  await checkPlan(withRegisters(device), config, plan);
});

test("a grid that the adapter cannot start is refused with its limit", async () => {
  // So narrow that no buffer is too large.
  const narrow = { width: "8", heads: "1", kvHeads: "1", hidden: "16", layers: "8" };
  const config = runFrom("from-scratch", {
    set: {
      ...narrow,
      per_device_train_batch_size: "1024",
      num_generations: "16",
      max_completion_length: "600",
      steps_per_generation: "1",
    },
  });
  await expect(createRun({ device, config, weights: null })).rejects.toThrow(
    /workgroups in one dimension; maxComputeWorkgroupsPerDimension of this GPU is 65,535/,
  );
});
