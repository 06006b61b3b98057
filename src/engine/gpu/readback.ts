import { readableBuffer } from "./buffers.ts";

/** Copies `buffer` back and returns its bytes. Waits for the queue; not for use inside a step. */
export async function readBuffer(device: GPUDevice, buffer: GPUBuffer): Promise<ArrayBuffer> {
  const staging = readableBuffer(device, `${buffer.label} readback`, buffer.size);
  try {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    return staging.getMappedRange().slice(0);
  } finally {
    staging.destroy();
  }
}

export async function readFloats(
  device: GPUDevice,
  buffer: GPUBuffer,
): Promise<Float32Array<ArrayBuffer>> {
  return new Float32Array(await readBuffer(device, buffer));
}
