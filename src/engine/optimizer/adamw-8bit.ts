import { codeOf, kernelSpec } from "../shaders/optimizers.ts";
import { storageBuffer, storageBufferOf, uniformBuffer } from "../gpu/buffers.ts";
import { Kernel } from "../gpu/kernel.ts";
import { structOf } from "../gpu/struct.ts";
import { dynamicMap } from "./dynamic-map.ts";
import {
  clearBuffers,
  type CreateUpdateRule,
  type OptimizedLayout,
  type OptimizerSettings,
} from "./update-rule.ts";

/** Both kernels have the same. */
const PARAMS = structOf(codeOf("adamw-8bit"), "Params");

/** Tensors with fewer numbers keep 32-bit moments. bitsandbytes: `min_8bit_size`. */
const MIN_8BIT_SIZE = 4096;

/** vec4s that share one scale: 256 numbers. */
const BLOCK = 64;

/** The two dynamic maps as the kernels read them. */
export const quantisationMaps = (device: GPUDevice): GPUBuffer =>
  storageBufferOf(
    device,
    "weights",
    "adamw-8bit maps",
    Float32Array.from([...dynamicMap(true), ...dynamicMap(false)]),
  );

/**
 * bitsandbytes' AdamW8bit: moments of large tensors in one byte each, by dynamic maps scaled per
 * block of 256; small tensors in 32 bit. On its CUDA path, as here, weight decay comes after the
 * update.
 */
export const createAdamW8bit: CreateUpdateRule = async (device, layout, buffers, status) => {
  const { blocks, indices } = divide(layout);
  const B = blocks.length / 4;
  const N = indices.length;
  const [quantised, small] = await Promise.all([
    Kernel.create(device, kernelSpec("adamw-8bit")),
    Kernel.create(device, kernelSpec("adamw-8bit.small", { N })),
  ]);
  const blockTable = storageBufferOf(device, "weights", "adamw-8bit blocks", blocks);
  const indexTable = storageBufferOf(device, "weights", "adamw-8bit indices", indices);
  const maps = quantisationMaps(device);
  const params = uniformBuffer(device, "adamw-8bit params", PARAMS.words);
  // One word holds the codes of a vec4; both are indexed as the parameters are.
  const words = B > 0 ? layout.length / 4 : 0;
  const code1 = storageBuffer(device, "weights", "adamw-8bit m codes", words);
  const code2 = storageBuffer(device, "weights", "adamw-8bit v codes", words);
  const absmax = storageBuffer(device, "weights", "adamw-8bit absmax", B * 2); // (B, 2)
  const m = storageBuffer(device, "weights", "adamw-8bit small m", N * 4);
  const v = storageBuffer(device, "weights", "adamw-8bit small v", N * 4);
  const { dparams } = buffers;

  const updates = [
    ...(B > 0
      ? [
          quantised.bind(
            [dparams, status, blockTable, maps, buffers.params, code1, code2, absmax, params],
            B,
          ),
        ]
      : []),
    ...(N > 0
      ? [small.bind([dparams, status, indexTable, buffers.params, m, v, params], Math.ceil(N / 64))]
      : []),
  ];
  const state = [code1, code2, absmax, m, v];

  return {
    run: (pass) => {
      for (const update of updates) update(pass);
    },
    configure: (settings) => device.queue.writeBuffer(params, 0, uniforms(settings)),
    state,
    reset: () => clearBuffers(device, state),
    destroy: () => {
      for (const buffer of [blockTable, indexTable, maps, params, ...state]) buffer.destroy();
    },
  };
};

/** Which vec4s belong to which block, and where the vec4s of the small tensors lie. */
function divide({ tensors }: OptimizedLayout) {
  const blocks: number[] = [];
  const indices: number[] = [];
  for (const { offset, size, shape, decay } of tensors) {
    if (offset % 4 !== 0 || size % 4 !== 0) {
      throw new RangeError(`a tensor of ${size} floats at ${offset} is not made of whole vec4s`);
    }
    const [first, end] = [offset / 4, (offset + size) / 4];
    const decays = decay ? 1 : 0;
    if (shape.reduce((all, n) => all * n, 1) < MIN_8BIT_SIZE) {
      for (let i = first; i < end; i++) indices.push(i * 2 + decays);
    } else {
      for (let i = first; i < end; i += BLOCK) blocks.push(i, Math.min(BLOCK, end - i), decays, 0);
    }
  }
  return { blocks: Uint32Array.from(blocks), indices: Uint32Array.from(indices) };
}

/** Rounded to float32 step by step, as the CUDA kernel computes them. */
function uniforms({ learningRate, step, beta1, beta2, epsilon, weightDecay }: OptimizerSettings) {
  const f = Math.fround;
  const [b1, b2] = [f(beta1), f(beta2)];
  const correction1 = f(1 - f(b1 ** step));
  const correction2 = f(Math.sqrt(f(1 - f(b2 ** step))));
  const stepSize = f(f(f(learningRate) * correction2) / correction1);
  const keep = f(1 - f(f(learningRate) * f(weightDecay)));
  return PARAMS.pack({
    beta1: b1,
    oneMinusBeta1: 1 - b1,
    beta2: b2,
    oneMinusBeta2: 1 - b2,
    stepSize,
    epsilon: f(correction2 * f(epsilon)),
    keep,
  });
}
