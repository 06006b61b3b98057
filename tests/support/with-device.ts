import { optionalFeatures } from "../../src/engine/gpu/device.ts";
import { FORMER_FAMILY, setFamily } from "../../src/engine/gpu/family.ts";
import type { Dispatch } from "../../src/engine/gpu/kernel.ts";
import { readFloats } from "../../src/engine/gpu/readback.ts";
import { storageBufferOf } from "../../src/engine/gpu/buffers.ts";

/** A device that records what goes wrong on it. */
interface Watched {
  device: GPUDevice;
  errors: string[];
}

async function request(features: readonly GPUFeatureName[]): Promise<Watched> {
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
  return { device, errors };
}

/** A device of the caller's own, whose kernels are compiled for it alone; `close` throws its first error. */
export async function openDevice(
  features: readonly GPUFeatureName[] = optionalFeatures,
): Promise<{ device: GPUDevice; close: () => void }> {
  const { device, errors } = await request(features);
  return {
    device,
    close: () => {
      device.destroy();
      if (errors.length > 0) throw new Error(errors[0]);
    },
  };
}

declare global {
  /** By the features asked for. Test files of one process share it: their modules may not. */
  var commonDevices: Map<string, Promise<Watched>> | undefined;
}

/**
 * The device that all tests of this process share, so that each kernel is compiled once. Nobody
 * destroys it, counts what it makes or leaves a kernel's family set on it.
 */
async function common(features: readonly GPUFeatureName[]): Promise<Watched> {
  const devices = (globalThis.commonDevices ??= new Map());
  const key = features.join();
  let found = devices.get(key);
  if (found === undefined) devices.set(key, (found = request(features)));
  const { device } = await found;
  setFamily(device, FORMER_FAMILY);
  return found;
}

/** The same for a whole file; `close` throws the first error that came meanwhile. */
export async function commonDevice(
  features: readonly GPUFeatureName[] = optionalFeatures,
): Promise<{ device: GPUDevice; close: () => Promise<void> }> {
  const { device, errors } = await common(features);
  errors.length = 0;
  device.pushErrorScope("validation");
  return {
    device,
    close: async () => {
      const error = await device.popErrorScope();
      if (error) throw new Error(error.message);
      if (errors.length > 0) throw new Error(errors[0]);
    },
  };
}

/** Runs `test` with the common device; any GPU error fails it. */
export async function withDevice(
  test: (device: GPUDevice) => Promise<void>,
  features?: readonly GPUFeatureName[],
): Promise<void> {
  const { device, close } = await commonDevice(features);
  try {
    await test(device);
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
  await close();
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
