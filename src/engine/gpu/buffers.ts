import { checkBufferSize } from "./limits.ts";

/** What a kernel may bind: readable, writable, copyable both ways. */
const STORAGE = 0x80 | 0x08 | 0x04; // STORAGE | COPY_DST | COPY_SRC
const UNIFORM = 0x40 | 0x08; // UNIFORM | COPY_DST

/** A zero-filled storage buffer of `length` 4-byte elements; a LimitError if it cannot be bound. */
export function storageBuffer(device: GPUDevice, label: string, length: number): GPUBuffer {
  checkBufferSize(device, label, length * 4);
  // WebGPU refuses to bind an empty buffer.
  return device.createBuffer({ label, size: Math.max(4, length * 4), usage: STORAGE });
}

/** A storage buffer that starts with `data`. */
export function storageBufferOf(
  device: GPUDevice,
  label: string,
  data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
): GPUBuffer {
  const buffer = storageBuffer(device, label, data.length);
  device.queue.writeBuffer(buffer, 0, data);
  return buffer;
}

/** A uniform buffer of `length` 4-byte elements, rounded up to 16 bytes. */
export function uniformBuffer(device: GPUDevice, label: string, length: number): GPUBuffer {
  return device.createBuffer({ label, size: Math.ceil(length / 4) * 16, usage: UNIFORM });
}

/** A zero-filled buffer of `length` 4-byte elements that kernels write and others read as uniforms. */
export const extentBuffer = (device: GPUDevice, label: string, length: number): GPUBuffer =>
  device.createBuffer({ label, size: length * 4, usage: STORAGE | UNIFORM });

/** A uniform buffer that holds these unsigned integers for good. */
export function uniformOf(device: GPUDevice, label: string, values: ArrayLike<number>): GPUBuffer {
  const buffer = uniformBuffer(device, label, values.length);
  device.queue.writeBuffer(buffer, 0, Uint32Array.from(values));
  return buffer;
}
