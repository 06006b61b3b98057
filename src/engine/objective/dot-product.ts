import { kernelSpec } from "../shaders/comparisons.ts";
import { storageBuffer } from "../gpu/buffers.ts";
import { type Dispatch, Kernel } from "../gpu/kernel.ts";

/** How two vectors lie to each other. */
export interface DotProduct {
  run: Dispatch;
  /** [norm of a, norm of b, their cosine], f32; the cosine is 0 where a norm is 0. */
  result: GPUBuffer;
  destroy(): void;
}

/** Norms and cosine of two flat buffers of `length` floats, a multiple of 4. */
export async function createDotProduct(
  device: GPUDevice,
  length: number,
  a: GPUBuffer, // (length)
  b: GPUBuffer, // (length)
): Promise<DotProduct> {
  const N = length / 4;
  // Enough lanes to fill a GPU, and at most a few hundred additions in a row in each.
  const LANES = 64 * Math.min(256, Math.ceil(N / 32 / 64));
  const [partial, finish] = await Promise.all([
    Kernel.create(device, kernelSpec("dot-product.partial", { N, LANES })),
    Kernel.create(device, kernelSpec("dot-product.finish", { LANES })),
  ]);
  const partials = storageBuffer(device, "batch", "dot-product partial", LANES * 4);
  const result = storageBuffer(device, "batch", "dot-product result", 3);
  const intoPartials = partial.bind([a, b, partials], LANES / 64);
  const intoResult = finish.bind([partials, result], 1);
  return {
    run: (pass) => {
      intoPartials(pass);
      intoResult(pass);
    },
    result,
    destroy: () => {
      partials.destroy();
      result.destroy();
    },
  };
}
