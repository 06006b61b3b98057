import type { Arena } from "./arena.ts";
import { uniformWith } from "./buffers.ts";
import type { Family } from "./family.ts";
import type { Struct } from "./struct.ts";

/** Where kernels are set up: on which device, and how matrix products are computed there. */
export interface GpuContext {
  device: GPUDevice;
  matmul: Family;
  /** Owns the constants of the kernels that are set up; left out: they last as long as the device. */
  arena?: Arena;
}

/** A uniform buffer that holds these values of a shader's struct for good; the context's arena owns it. */
export function constantsWith(
  { device, arena }: GpuContext,
  label: string,
  struct: Struct,
  values: Parameters<Struct["pack"]>[0],
): GPUBuffer {
  const buffer = uniformWith(device, label, struct, values);
  return arena?.own(buffer) ?? buffer;
}
