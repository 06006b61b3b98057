import type { GpuContext } from "../../src/engine/gpu/context.ts";
import { optionalFeatures } from "../../src/engine/gpu/device.ts";
import type { Dispatch } from "../../src/engine/gpu/kernel.ts";
import { readFloats } from "../../src/engine/gpu/readback.ts";
import { storageBufferOf } from "../../src/engine/gpu/buffers.ts";

interface Opened {
  device: GPUDevice;
  /** What went wrong on it since someone looked. */
  errors: string[];
}

/**
 * By their features. A file's tests share them, in Chromium all files: every device compiles its
 * kernels again.
 */
const opened = new Map<string, Promise<Opened>>();

async function open(requiredFeatures: GPUFeatureName[], adapter: GPUAdapter): Promise<Opened> {
  // Default limits on purpose: what passes here runs on every adapter.
  const device = await adapter.requestDevice({ requiredFeatures });
  const errors: string[] = [];
  device.addEventListener("uncapturederror", (event) => {
    errors.push((event as GPUUncapturedErrorEvent).error.message);
  });
  return { device, errors };
}

/**
 * The file's device with those features, of which the adapter has them; `close` throws the first
 * error since it was opened or closed last.
 */
export async function openDevice(
  features: readonly GPUFeatureName[] = optionalFeatures,
): Promise<{ device: GPUDevice; close: () => void }> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) {
    throw new Error(
      "No WebGPU adapter. Without a GPU, Dawn and Chromium need SwiftShader's Vulkan driver: run `npm test`, which sets it up.",
    );
  }
  const required = features.filter((feature) => adapter.features.has(feature));
  const key = required.join();
  const known = opened.get(key) ?? open(required, adapter);
  opened.set(key, known);
  const { device, errors } = await known;
  void device.lost.then(() => opened.delete(key));
  return {
    device,
    close: () => {
      const [first] = errors.splice(0);
      if (first !== undefined) throw new Error(first);
    },
  };
}

/** Runs `test` on the file's device inside a validation error scope; any GPU error fails it. */
export async function withDevice(
  test: (device: GPUDevice) => Promise<void>,
  features?: readonly GPUFeatureName[],
): Promise<void> {
  const { device, close } = await openDevice(features);
  device.pushErrorScope("validation");
  let error: GPUError | null = null;
  try {
    await test(device);
  } finally {
    error = await device.popErrorScope();
  }
  if (error) throw new Error(error.message);
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
  storageBufferOf(device, "batch", label, Float32Array.from(values));

export const download = async (device: GPUDevice, buffer: GPUBuffer): Promise<number[]> =>
  Array.from(await readFloats(device, buffer));

/** Where products are computed in register tiles, as they are on a software adapter. */
export const withRegisters = (device: GPUDevice): GpuContext => ({ device, matmul: "register" });
