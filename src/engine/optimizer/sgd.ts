import { codeOf, kernelSpec } from "../shaders/optimizers.ts";
import { storageBufferOf, uniformBuffer } from "../gpu/buffers.ts";
import { Kernel } from "../gpu/kernel.ts";
import { structOf } from "../gpu/struct.ts";
import { decayBits, type CreateUpdateRule } from "./update-rule.ts";

const PARAMS = structOf(codeOf("sgd"), "Params");

/** torch.optim.SGD as transformers sets it up: no momentum, so there is no state. */
export const createSGD: CreateUpdateRule = async (device, layout, buffers, status) => {
  const N = layout.length / 4;
  const kernel = await Kernel.create(device, kernelSpec("sgd", { N }));
  const decay = storageBufferOf(device, "weights", "sgd decay", decayBits(layout));
  const params = uniformBuffer(device, "sgd params", PARAMS.words);

  return {
    run: kernel.bind([buffers.dparams, status, decay, buffers.params, params], Math.ceil(N / 64)),
    configure: ({ learningRate, weightDecay }) =>
      device.queue.writeBuffer(params, 0, PARAMS.pack({ learningRate, weightDecay })),
    state: [],
    reset: () => undefined,
    destroy: () => {
      decay.destroy();
      params.destroy();
    },
  };
};
