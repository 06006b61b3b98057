import { UserError } from "../../base/user-error.ts";
import { storageBuffer } from "./buffers.ts";

/** A second copy of some buffers, on the GPU. */
export interface Snapshot {
  /** Records copies from the buffers into the snapshot. */
  save(encoder: GPUCommandEncoder): void;
  /** Records copies from the snapshot into the buffers. */
  restore(encoder: GPUCommandEncoder): void;
  copies: readonly GPUBuffer[];
  bytes: number;
  destroy(): void;
}

/** `buffers`: weights and optimizer state. */
export function createSnapshot(device: GPUDevice, buffers: readonly GPUBuffer[]): Snapshot {
  const copies = buffers.map(({ label, size }) =>
    storageBuffer(device, "weights", `${label} snapshot`, size / 4),
  );
  return {
    save: (encoder) => copyAll(encoder, buffers, copies),
    restore: (encoder) => copyAll(encoder, copies, buffers),
    copies,
    bytes: copies.reduce((sum, { size }) => sum + size, 0),
    destroy: () => copies.forEach((copy) => copy.destroy()),
  };
}

/** Records copies of whole buffers, pair by pair. */
export function copyAll(
  encoder: GPUCommandEncoder,
  from: readonly GPUBuffer[],
  to: readonly GPUBuffer[],
): void {
  from.forEach((source, i) => encoder.copyBufferToBuffer(source, 0, to[i]!, 0, source.size));
}

/** Writes whole buffers, pair by pair; a UserError, and nothing written, when a size differs. */
export function writeAll(
  device: GPUDevice,
  bytes: readonly ArrayBuffer[],
  to: readonly GPUBuffer[],
): void {
  if (bytes.map((each) => each.byteLength).join() !== to.map(({ size }) => size).join()) {
    throw new UserError(
      "The checkpoint does not fit this run: its buffers have other sizes.",
      "Continue it with the version of the page that wrote it.",
    );
  }
  bytes.forEach((each, i) => device.queue.writeBuffer(to[i]!, 0, each));
}
