import { codeOf, kernelSpec } from "../shaders/manifest.ts";
import { storageBuffer, uniformBuffer } from "../gpu/buffers.ts";
import { Kernel, type Dispatch } from "../gpu/kernel.ts";
import { structOf } from "../gpu/struct.ts";

const PARAMS = structOf(codeOf("gradient-norm.finish"), "Params");

export interface GradientNorm {
  run: Dispatch;
  /** `max_grad_norm`; 0 turns clipping off. */
  configure(maxGradNorm: number): void;
  /** [norm before clipping, 1 if a gradient is not finite, clip factor], f32. */
  status: GPUBuffer;
  destroy(): void;
}

/** The L2 norm of all gradients together and torch's clip factor, for a flat buffer of `length` floats. */
export async function createGradientNorm(
  device: GPUDevice,
  length: number,
  dparams: GPUBuffer, // (length)
): Promise<GradientNorm> {
  const N = length / 4;
  // Enough lanes to fill a GPU, and at most a few hundred additions in a row in each.
  const LANES = 64 * Math.min(256, Math.ceil(N / 32 / 64));
  const [partial, finish] = await Promise.all([
    Kernel.create(device, kernelSpec("gradient-norm.partial", { N, LANES })),
    Kernel.create(device, kernelSpec("gradient-norm.finish", { LANES })),
  ]);
  const partials = storageBuffer(device, "weights", "gradient-norm partial", LANES * 2);
  const status = storageBuffer(device, "weights", "optimizer status", 3);
  const params = uniformBuffer(device, "gradient-norm params", PARAMS.words);
  const intoPartials = partial.bind([dparams, partials], LANES / 64);
  const intoStatus = finish.bind([partials, status, params], 1);

  return {
    run: (pass) => {
      intoPartials(pass);
      intoStatus(pass);
    },
    configure: (maxGradNorm) =>
      device.queue.writeBuffer(params, 0, PARAMS.pack({ maxNorm: Math.max(0, maxGradNorm) })),
    status,
    destroy: () => {
      for (const buffer of [partials, status, params]) buffer.destroy();
    },
  };
}
