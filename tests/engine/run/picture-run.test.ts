import { afterAll, describe, expect, test, vi } from "vitest";
import type { VisionConfig } from "../../../src/config/architecture.ts";
import type { RunConfig } from "../../../src/config/types.ts";
import { watchDevice } from "../../../src/cli/bench/watch-device.ts";
import { memoryPlan } from "../../../src/engine/run/memory-plan.ts";
import { createRun, type Run } from "../../../src/engine/run/run.ts";
import { warmStart } from "../../../src/engine/training/warm-start.ts";
import { layOutPrompts } from "../../../src/engine/training/scored-rollout.ts";
import { policyShape } from "../../../src/engine/policy/shape-of.ts";
import { Purpose, Random } from "../../../src/base/random.ts";
import { isPicture, pictureOf, pixelsOf } from "../../../src/tasks/picture.ts";
import { loadPainters } from "../../../src/tasks/picture-task.ts";
import { task } from "../../../src/tasks/registry.ts";
import type { Sample } from "../../../src/tasks/task.ts";
import { armAt, content, MISALIGNED, smallRun } from "../../support/small-run.ts";
import { openDevice, withRegisters } from "../../support/with-device.ts";

const { device, close } = await openDevice();
afterAll(close);

const tower: VisionConfig = {
  ...{ imageSize: 12, patchSize: 6, width: 8, layers: 2, heads: 2, hidden: 12 },
};

/** Two prompts a rollout, each with a picture of four patches. */
function small(
  vision: Partial<VisionConfig> = {},
  grpo: Partial<RunConfig["grpo"]> = { steps_per_generation: 2, num_iterations: 2 },
  arms: RunConfig["arms"] = [armAt("token", { learning_rate: 0.01 })],
): RunConfig {
  const run = smallRun(grpo, arms);
  const policy = { ...run.policy, vision: { ...tower, ...vision } };
  return { ...run, task: "count-dots", difficulty: 4, policy };
}

async function train(run: Run, steps: number): Promise<string[]> {
  const records: string[] = [];
  for (let i = 0; i < steps; i++) records.push(...(await run.advance()).map(content));
  return records;
}

const trained = { frozen: false };
const evaluated = {
  ...{ steps_per_generation: 2, eval_strategy: "steps", eval_steps: 2 },
  ...{ per_device_eval_batch_size: 16, beta: 0.05 },
};

describe.each([
  { name: "frozen", config: small() },
  { name: "trained", config: small(trained) },
  { name: "steps across rollouts", config: small(trained, MISALIGNED) },
  { name: "evaluated, with a reference", config: small({}, evaluated) },
])("a run that looks at pictures: $name", ({ config }) => {
  test("goes on elsewhere bit for bit", async () => {
    const run = await createRun({ device, config, weights: null });
    await train(run, 3);
    const asked = run.checkpoint();
    const expected = await train(run, 5);
    const checkpoint = structuredClone(await asked);
    run.destroy();
    const fresh = await createRun({ device, config: checkpoint.run, weights: null });
    fresh.restore(checkpoint);
    expect(await train(fresh, 5)).toEqual(expected);
    fresh.destroy();
  });
});

test("each prompt has the tokens of its own picture", async () => {
  await loadPainters();
  const it = task("count-dots");
  const shape = policyShape(small(), it);
  const [first, second] = [1, 2].map((n) => it.prompt(new Random(n, Purpose.prompts), 4));
  const laid = layOutPrompts(it, shape, [first!, second!], 6);
  const V = it.vocabulary.length;
  const text = it.vocabulary.indexOf("=");
  // Five features a picture, of which the class token's is no token.
  expect([...laid.promptTokens]).toEqual([
    ...[0, V + 1, V + 2, V + 3, V + 4, text],
    ...[0, V + 6, V + 7, V + 8, V + 9, text],
  ]);
  expect([...laid.start]).toEqual([1, 1]);
  const pixels = [first!, second!].flatMap((prompt) => pixelsOf(pictureOf(prompt)));
  expect(laid.pictures).toEqual({ pixels: Float32Array.from(pixels), begin: 0 });
});

test("the trainer sees the sampler's pictures: no token's log-prob differs on the rollout's weights", async () => {
  const run = await createRun({ device, config: small(trained), weights: null });
  const [record] = await run.advance();
  // Each row's prompt says which picture it has.
  expect(record!.prompt.every(isPicture)).toBe(true);
  expect(new Set(record!.prompt).size).toBe(2);
  // What the sampler saw, the trainer computes again, but for rounding.
  expect(record!.metrics["sampling/sampling_logp_difference/max"]).toBeLessThan(1e-4);
  expect(record!.metrics["sampling/sampling_logp_difference/max"]).toBeGreaterThan(0);
  run.destroy();
});

test("who samples and who scores, in training and in evaluation, are each given the pictures", async () => {
  const given = new Set<GPUBuffer>();
  const { queue } = device;
  const write = vi.spyOn(queue, "writeBuffer");
  const run = await createRun({ device, config: small({}, evaluated), weights: null });
  await train(run, 2);
  for (const [buffer, , data] of write.mock.calls) {
    const pixels = buffer.label === "pictures pixels" && [...(data as Float32Array)];
    if (pixels && pixels.includes(1)) given.add(buffer);
  }
  write.mockRestore();
  expect(given.size).toBe(4);
  run.destroy();
});

test.each([
  [true, false],
  [false, true],
])(
  "frozen %s: the tower's weights change %s, the projector's and the text's do",
  async (frozen, moves) => {
    const run = await createRun({ device, config: small({ frozen }), weights: null });
    const before = await run.weights("token");
    await train(run, 2);
    const after = await run.weights("token");
    run.destroy();
    const moved = (name: string) =>
      before[name]!.data.some((value, i) => value !== after[name]!.data[i]);
    const computed = "vision_tower.encoder.layers.0.mlp.fc1.weight";
    const pixels = "vision_tower.embeddings.patch_embedding.weight";
    expect([computed, pixels].map(moved)).toEqual([moves, moves]);
    // The last layer and the norm behind it are never computed.
    expect(moved("vision_tower.post_layernorm.weight")).toBe(false);
    expect(moved("multi_modal_projector.linear_1.weight")).toBe(true);
    expect(moved("model.layers.0.mlp.up_proj.weight")).toBe(true);
  },
);

test("rewinding, forking and the other level leave the bits of a run with pictures", async () => {
  const config = small(trained);
  const run = await createRun({ device, config, weights: null, pastBytes: 2 ** 24 });
  const first = await train(run, 6);
  const asked = await run.counterfactual("token", run.step);
  const later = await train(run, 3);
  expect(await run.counterfactual("token", 6)).toEqual(asked);
  await run.rewind(6);
  expect(await train(run, 3)).toEqual(later);
  await run.rewind(2);
  expect(await train(run, 4)).toEqual(first.slice(2));
  await run.fork("token", armAt("sequence", { epsilon: 0.03 }));
  const [own, forked] = await run.advance();
  expect([...forked!.logp]).toEqual([...own!.logp]);
  run.destroy();
});

test.each([true, false])(
  "the memory plan with a tower frozen %s is what its run allocates",
  async (frozen) => {
    const config = small({ frozen });
    const watch = watchDevice(device);
    const plan = await memoryPlan(withRegisters(device), config);
    expect(watch).toMatchObject({ buffers: 0, bytes: 0, pipelines: 0, bindGroups: 0 });
    const run = await createRun({ device, config, weights: null });
    expect(plan.bytes).toBe(watch.bytes);
    run.destroy();
    expect(watch.bytes).toBe(0);
  },
);

test("rewards of one's own see the prompt's picture", async () => {
  const seen: Sample[] = [];
  const own = task("count-dots");
  const score = (sample: Sample) => {
    seen.push(sample);
    return own.rewards[0]!.score(sample);
  };
  const watched = { ...own, rewards: [{ ...own.rewards[0]!, score }], rewardWeights: [1] };
  const run = await createRun({ device, config: small(), task: watched, weights: null });
  await run.advance();
  run.destroy();
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.every(({ prompt }) => isPicture(prompt[0]!))).toBe(true);
});

test("a warm start teaches the tower, frozen or not, and a run begins with it", async () => {
  const config = small();
  const made = await warmStart({
    ...{ device, config, batch: 16, learningRate: 3e-3, targetReward: 1, maxSteps: 5 },
  });
  expect(made.steps).toBe(5);
  const run = await createRun({ device, config, weights: made.tensors });
  const [begun, fresh] = [run, await createRun({ device, config, weights: null })];
  const [weights, initial] = [await begun.weights("token"), await fresh.weights("token")];
  const computed = "vision_tower.encoder.layers.0.mlp.fc1.weight";
  // Only where there are pixels has what they are multiplied by a gradient.
  const pixels = "vision_tower.embeddings.patch_embedding.weight";
  for (const name of [computed, pixels]) {
    expect(weights[name]!.data).toEqual(made.tensors[name]!.data);
    expect(initial[name]!.data).not.toEqual(made.tensors[name]!.data);
  }
  run.destroy();
  fresh.destroy();
});
