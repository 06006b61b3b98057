import { type Purpose, storageBuffer } from "./buffers.ts";

/** Allocates and keeps count. */
export class Arena {
  readonly #device: GPUDevice;
  readonly #buffers: GPUBuffer[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** A zero-filled storage buffer of `length` 4-byte elements. */
  storage(purpose: Purpose, label: string, length: number): GPUBuffer {
    return this.own(storageBuffer(this.#device, purpose, label, length));
  }

  own(buffer: GPUBuffer): GPUBuffer {
    this.#buffers.push(buffer);
    return buffer;
  }

  get bytes(): number {
    return this.#buffers.reduce((sum, { size }) => sum + size, 0);
  }

  destroy(): void {
    for (const buffer of this.#buffers) buffer.destroy();
  }
}
