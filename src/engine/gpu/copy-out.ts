import { readableBuffer } from "./buffers.ts";

/** Brings a fixed set of buffers back, all as of one moment. */
export interface CopyOut {
  /**
   * The bytes of every buffer, after what is submitted by now and before anything that is submitted
   * later: one submission, which later ones do not wait for.
   */
  read(): Promise<ArrayBuffer[]>;
  /** GPU bytes held: none before the first read. */
  bytes: number;
  destroy(): void;
}

/** The mappable copy is made at the first read and used again by every other. */
export function createCopyOut(device: GPUDevice, buffers: readonly GPUBuffer[]): CopyOut {
  const size = buffers.reduce((sum, buffer) => sum + buffer.size, 0);
  /** Null while a read is under way: another one meanwhile has a copy of its own. */
  let free: GPUBuffer | null = null;
  let held = 0;
  let destroyed = false;
  const create = (): GPUBuffer => {
    held += size;
    return readableBuffer(device, "copy out", size);
  };
  const drop = (copy: GPUBuffer): void => {
    copy.destroy();
    held -= size;
  };
  return {
    async read() {
      const copy = free ?? create();
      free = null;
      try {
        const encoder = device.createCommandEncoder({ label: "copy out" });
        let offset = 0;
        for (const buffer of buffers) {
          encoder.copyBufferToBuffer(buffer, 0, copy, offset, buffer.size);
          offset += buffer.size;
        }
        device.queue.submit([encoder.finish()]);
        await copy.mapAsync(GPUMapMode.READ);
        const all = copy.getMappedRange();
        let from = 0;
        const read = buffers.map((buffer) => all.slice(from, (from += buffer.size)));
        copy.unmap();
        if (free === null && !destroyed) free = copy;
        else drop(copy);
        return read;
      } catch (error) {
        drop(copy);
        throw error;
      }
    },
    get bytes() {
      return held;
    },
    destroy() {
      destroyed = true;
      if (free) drop(free);
      free = null;
    },
  };
}
