import type { Family } from "./family.ts";

/** Where kernels are set up: on which device, and how matrix products are computed there. */
export interface GpuContext {
  device: GPUDevice;
  matmul: Family;
}
