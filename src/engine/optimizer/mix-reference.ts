import { kernelSpec } from "../shaders/manifest.ts";
import { uniformBuffer } from "../gpu/buffers.ts";
import { type Dispatch, Kernel } from "../gpu/kernel.ts";

/** reference ← (1 − mixup) · reference + mixup · params. `length`: a multiple of 4. */
export async function createMixReference(
  device: GPUDevice,
  length: number,
  { params, reference }: { params: GPUBuffer; reference: GPUBuffer },
): Promise<{ configure(mixup: number): void; run: Dispatch; destroy(): void }> {
  const kernel = await Kernel.create(device, kernelSpec("mix-reference"));
  const mixup = uniformBuffer(device, "mixup", 1);
  return {
    configure: (value) => device.queue.writeBuffer(mixup, 0, Float32Array.of(value)),
    run: kernel.bind([params, reference, mixup], Math.ceil(length / 4 / 64)),
    destroy: () => mixup.destroy(),
  };
}
