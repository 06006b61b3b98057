import { optionalFeatures } from "../../src/engine/gpu/device.ts";
import type { Dispatch } from "../../src/engine/gpu/kernel.ts";
import { readFloats } from "../../src/engine/gpu/readback.ts";
import { storageBufferOf } from "../../src/engine/gpu/buffers.ts";

/** A device that records what goes wrong on it; `close` throws the first error. */
export async function openDevice(
  features: readonly GPUFeatureName[] = optionalFeatures,
): Promise<{ device: GPUDevice; close: () => void }> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) {
    throw new Error(
      "No WebGPU adapter. Without a GPU, Dawn and Chromium need SwiftShader's Vulkan driver: run `npm test`, which sets it up.",
    );
  }
  // Default limits on purpose: what passes here runs on every adapter.
  const requiredFeatures = features.filter((feature) => adapter.features.has(feature));
  const device = await adapter.requestDevice({ requiredFeatures });
  const errors: string[] = [];
  device.addEventListener("uncapturederror", (event) => {
    errors.push((event as GPUUncapturedErrorEvent).error.message);
  });
  return {
    device,
    close: () => {
      device.destroy();
      if (errors.length > 0) throw new Error(errors[0]);
    },
  };
}

/** Runs `test` with a fresh device inside a validation error scope; any GPU error fails it. */
export async function withDevice(
  test: (device: GPUDevice) => Promise<void>,
  features?: readonly GPUFeatureName[],
): Promise<void> {
  const { device, close } = await openDevice(features);
  device.pushErrorScope("validation");
  try {
    await test(device);
    const error = await device.popErrorScope();
    if (error) throw new Error(error.message);
  } catch (error) {
    device.destroy();
    throw error;
  }
  close();
}

/** Encodes the launches into one pass of one command buffer and submits it. */
export function run(device: GPUDevice, ...dispatches: Dispatch[]): void {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (const dispatch of dispatches) dispatch(pass);
  pass.end();
  device.queue.submit([encoder.finish()]);
}

export const upload = (device: GPUDevice, values: readonly number[], label = "input"): GPUBuffer =>
  storageBufferOf(device, label, Float32Array.from(values));

export const download = async (device: GPUDevice, buffer: GPUBuffer): Promise<number[]> =>
  Array.from(await readFloats(device, buffer));
