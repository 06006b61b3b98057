import { rowLanes } from "../gpu/adapter.ts";
import { Kernel } from "../gpu/kernel.ts";
import { unroll } from "../gpu/unroll.ts";
import { codeOf, type KernelName, kernelSpec } from "../shaders/manifest.ts";

/**
 * A kernel that folds each row of K columns with one workgroup. How many threads that has is written into
 * its text: where it is an override, workgroup memory is sized for the most, and the loop that clears
 * it takes SwiftShader longer to compile than the kernel does.
 */
export const rowKernel = (device: GPUDevice, name: KernelName, K: number): Promise<Kernel> =>
  Kernel.create(device, {
    ...kernelSpec(name, { K }),
    code: unroll(codeOf(name), { WORKGROUP: rowLanes(device) }),
  });
