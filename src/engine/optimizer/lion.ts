import { codeOf, kernelSpec } from "../shaders/optimizers.ts";
import { storageBuffer, storageBufferOf, uniformBuffer } from "../gpu/buffers.ts";
import { Kernel } from "../gpu/kernel.ts";
import { structOf } from "../gpu/struct.ts";
import { clearBuffers, decayBits, type CreateUpdateRule } from "./update-rule.ts";

const PARAMS = structOf(codeOf("lion"), "Params");

/** Lion: steps of one size, in the direction of the momentum's sign; betas are adam_beta1 and 2. */
export const createLion: CreateUpdateRule = async (device, layout, buffers, status) => {
  const N = layout.length / 4;
  const kernel = await Kernel.create(device, kernelSpec("lion", { N }));
  const m = storageBuffer(device, "weights", "lion m", layout.length); // (length)
  const decay = storageBufferOf(device, "weights", "lion decay", decayBits(layout));
  const params = uniformBuffer(device, "lion params", PARAMS.words);

  return {
    run: kernel.bind(
      [buffers.dparams, status, decay, buffers.params, m, params],
      Math.ceil(N / 64),
    ),
    configure: ({ learningRate, weightDecay, beta1, beta2 }) =>
      device.queue.writeBuffer(
        params,
        0,
        PARAMS.pack({
          learningRate,
          weightDecay,
          beta1,
          oneMinusBeta1: 1 - beta1,
          beta2,
          oneMinusBeta2: 1 - beta2,
        }),
      ),
    state: [m],
    reset: () => clearBuffers(device, [m]),
    destroy: () => {
      for (const buffer of [m, decay, params]) buffer.destroy();
    },
  };
};
