import type { Dispatch } from "../engine/gpu/kernel.ts";

/** Submits the launches as one pass. */
export function submit(device: GPUDevice, ...dispatches: Dispatch[]): void {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (const dispatch of dispatches) dispatch(pass);
  pass.end();
  device.queue.submit([encoder.finish()]);
}
