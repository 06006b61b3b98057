import { expect, test } from "vitest";
import { runFrom } from "../../../src/config/run-from.ts";
import { optionalFeatures, requestDevice } from "../../../src/engine/gpu/device.ts";
import { createRun } from "../../../src/engine/run/run.ts";
import { content } from "../../support/small-run.ts";

/** What WebGPU guarantees of every adapter (its table of default limits), of which a run needs any. */
const LEAST = {
  maxBindGroups: 4,
  maxBindingsPerBindGroup: 1000,
  maxStorageBuffersPerShaderStage: 8,
  maxUniformBuffersPerShaderStage: 12,
  maxStorageBufferBindingSize: 128 * 2 ** 20,
  maxUniformBufferBindingSize: 64 * 2 ** 10,
  maxBufferSize: 256 * 2 ** 20,
  minStorageBufferOffsetAlignment: 256,
  minUniformBufferOffsetAlignment: 256,
  maxComputeWorkgroupStorageSize: 16 * 2 ** 10,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupSizeY: 256,
  maxComputeWorkgroupSizeZ: 64,
  maxComputeWorkgroupsPerDimension: 65_535,
} as const;

/** A device with exactly these, and the features that the ordinary one has: both take the same kernels. */
async function leastDevice(): Promise<{ device: GPUDevice; errors: string[] }> {
  const adapter = await navigator.gpu.requestAdapter();
  if (adapter === null) throw new Error("no adapter");
  const device = await adapter.requestDevice({
    requiredFeatures: optionalFeatures.filter((feature) => adapter.features.has(feature)),
    requiredLimits: LEAST,
  });
  const errors: string[] = [];
  device.addEventListener("uncapturederror", (event) => errors.push(event.error.message));
  return { device, errors };
}

/** All that the first steps of a preset leave behind, bit for bit. */
async function firstGeneration(device: GPUDevice, preset: string): Promise<string[]> {
  const whole = runFrom(preset, { seed: 1, set: {} });
  // One arm has every kernel that both have.
  const config = { ...whole, warmStart: null, arms: whole.arms.slice(0, 1) };
  const run = await createRun({ device, config, family: "register", weights: null });
  const steps: string[] = [];
  do steps.push(...(await run.advance()).map(content));
  while (!run.atGenerationEnd);
  run.destroy();
  return steps;
}

// A dense policy, a mixture of experts, one that sees.
test.each(["sort", "moe-sort", "count-dots"])(
  "%s trains with the least limits that WebGPU guarantees, to the same bits",
  async (preset) => {
    const { device: least, errors } = await leastDevice();
    const limits = Object.keys(LEAST) as (keyof typeof LEAST)[];
    expect(Object.fromEntries(limits.map((name) => [name, least.limits[name]]))).toEqual(LEAST);
    const { device: ordinary } = await requestDevice(navigator.gpu);
    const steps = await firstGeneration(least, preset);
    expect(errors).toEqual([]);
    expect(steps).not.toEqual([]);
    expect(steps).toEqual(await firstGeneration(ordinary, preset));
    least.destroy();
    ordinary.destroy();
  },
);
