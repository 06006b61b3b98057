import { codeOf, kernelSpec } from "../shaders/manifest.ts";
import { storageBuffer, storageBufferOf, uniformBuffer } from "../gpu/buffers.ts";
import { Kernel } from "../gpu/kernel.ts";
import { structOf } from "../gpu/struct.ts";
import { clearBuffers, decayBits, type CreateUpdateRule } from "./update-rule.ts";

const PARAMS = structOf(codeOf("adamw"), "Params");

/** torch.optim.AdamW: decoupled weight decay, ε after the bias correction. */
export const createAdamW: CreateUpdateRule = async (device, layout, buffers, status) => {
  const { length } = layout;
  const N = length / 4;
  const kernel = await Kernel.create(device, kernelSpec("adamw", { N }));
  const m = storageBuffer(device, "weights", "adamw m", length); // (length)
  const v = storageBuffer(device, "weights", "adamw v", length); // (length)
  const decay = storageBufferOf(device, "weights", "adamw decay", decayBits(layout));
  const params = uniformBuffer(device, "adamw params", PARAMS.words);

  return {
    run: kernel.bind(
      [buffers.dparams, status, decay, buffers.params, m, v, params],
      Math.ceil(N / 64),
    ),
    configure: ({ learningRate, step, beta1, beta2, epsilon, weightDecay }) =>
      device.queue.writeBuffer(
        params,
        0,
        // Corrections in float64, as torch computes them.
        PARAMS.pack({
          lrDecay: learningRate * weightDecay,
          oneMinusBeta1: 1 - beta1,
          beta2,
          oneMinusBeta2: 1 - beta2,
          stepSize: learningRate / (1 - beta1 ** step),
          rootCorrection2: Math.sqrt(1 - beta2 ** step),
          epsilon,
        }),
      ),
    state: [m, v],
    reset: () => clearBuffers(device, [m, v]),
    destroy: () => {
      for (const buffer of [m, v, decay, params]) buffer.destroy();
    },
  };
};
