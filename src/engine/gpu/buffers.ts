import { checkBufferSize } from "./limits.ts";
import type { Struct } from "./struct.ts";

/** What a kernel may bind: readable, writable, copyable both ways. */
const STORAGE = 0x80 | 0x08 | 0x04; // STORAGE | COPY_DST | COPY_SRC
const UNIFORM = 0x40 | 0x08; // UNIFORM | COPY_DST
const READABLE = 0x01 | 0x08; // MAP_READ | COPY_DST

/** What a buffer is for: the memory plan adds up by it. */
export type Purpose =
  | "weights"
  | "cache"
  | "rollout"
  | "activations"
  | "gradients"
  | "batch"
  | "settings"
  | "readback";

/** A device makes nothing of the purpose; who watches one (`dryDevice`) does. */
export interface StatedBuffer extends GPUBufferDescriptor {
  label: string;
  purpose: Purpose;
}

const statedBuffer = (device: GPUDevice, buffer: StatedBuffer): GPUBuffer =>
  device.createBuffer(buffer);

/** A zero-filled storage buffer of `length` 4-byte elements; a LimitError if it cannot be bound. */
export function storageBuffer(
  device: GPUDevice,
  purpose: Purpose,
  label: string,
  length: number,
): GPUBuffer {
  checkBufferSize(device, label, length * 4);
  // WebGPU refuses to bind an empty buffer.
  return statedBuffer(device, { purpose, label, size: Math.max(4, length * 4), usage: STORAGE });
}

/** A storage buffer that starts with `data`. */
export function storageBufferOf(
  device: GPUDevice,
  purpose: Purpose,
  label: string,
  data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
): GPUBuffer {
  const buffer = storageBuffer(device, purpose, label, data.length);
  // Deno dies of a write of nothing.
  if (data.length > 0) device.queue.writeBuffer(buffer, 0, data);
  return buffer;
}

/** A uniform buffer of `length` 4-byte elements, rounded up to 16 bytes. */
export function uniformBuffer(device: GPUDevice, label: string, length: number): GPUBuffer {
  const size = Math.ceil(length / 4) * 16;
  return statedBuffer(device, { purpose: "settings", label, size, usage: UNIFORM });
}

/** A zero-filled buffer of `length` 4-byte elements that kernels write and others read as uniforms. */
export const rowRangeBuffer = (device: GPUDevice, label: string, length: number): GPUBuffer =>
  statedBuffer(device, {
    purpose: "settings",
    label,
    size: length * 4,
    usage: STORAGE | UNIFORM,
  });

/** A uniform buffer that holds these unsigned integers for good. */
export function uniformOf(device: GPUDevice, label: string, values: ArrayLike<number>): GPUBuffer {
  const buffer = uniformBuffer(device, label, values.length);
  device.queue.writeBuffer(buffer, 0, Uint32Array.from(values));
  return buffer;
}

/** A uniform buffer that holds these values of a shader's struct for good. */
export function uniformWith(
  device: GPUDevice,
  label: string,
  struct: Struct,
  values: Parameters<Struct["pack"]>[0],
): GPUBuffer {
  const buffer = uniformBuffer(device, label, struct.words);
  device.queue.writeBuffer(buffer, 0, struct.pack(values));
  return buffer;
}

/** A buffer of `size` bytes that copies go into and main memory reads. */
export const readableBuffer = (device: GPUDevice, label: string, size: number): GPUBuffer =>
  statedBuffer(device, { purpose: "readback", label, size, usage: READABLE });
