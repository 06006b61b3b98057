import { kernelSpec } from "../engine/shaders/optimizers.ts";
import { storageBuffer, storageBufferOf } from "../engine/gpu/buffers.ts";
import { Kernel } from "../engine/gpu/kernel.ts";
import { readBuffer, readFloats } from "../engine/gpu/readback.ts";
import { createAdamW8bit, quantisationMaps } from "../engine/optimizer/adamw-8bit.ts";
import { dynamicMap } from "../engine/optimizer/dynamic-map.ts";
import type { Settings, State } from "./adam8bit-file.ts";
import { submit } from "./submit.ts";

/** p0 of the file's trajectories. */
export const initialParams = (n: number): number[] =>
  Array.from({ length: n }, (_, i) => 0.5 * Math.cos(0.3 + 0.013 * i));

/** The file's two kinds of gradients; steps count from 1. */
export function gradientOf(kind: "benign" | "harsh", n: number, t: number): number[] {
  const burst = t % 4 === 0 ? 3 : 1;
  return Array.from({ length: n }, (_, i) => {
    const wave = Math.sin(1 + 0.37 * i + 0.11 * t);
    if (kind === "harsh") return wave * 0.01 * (1 + Math.cos(0.05 * i)) * burst;
    return (i % 3 === 0 ? -1 : 1) * 0.01 * (1.5 + wave) * burst;
  });
}

/** One tensor under 8-bit AdamW; `shape` decides whether its moments are 8-bit. */
export async function eightBitTensor(
  device: GPUDevice,
  initial: readonly number[],
  gradientFactor: number,
  shape: readonly number[] = [4096],
) {
  const length = initial.length;
  const params = storageBufferOf(device, "weights", "params", Float32Array.from(initial));
  const dparams = storageBuffer(device, "weights", "dparams", length);
  // In training this comes from the gradient norm.
  const status = storageBufferOf(device, "batch", "status", Float32Array.of(0, 0, gradientFactor));
  const layout = { length, tensors: [{ offset: 0, size: length, shape, decay: true }] };
  const rule = await createAdamW8bit(device, layout, { params, dparams }, status);
  const [code1, code2, absmax, m, v] = rule.state;
  const write = (buffer: GPUBuffer | undefined, data: ArrayBufferView<ArrayBuffer>) =>
    device.queue.writeBuffer(buffer!, 0, data);

  return {
    load(state: State): void {
      write(params, Float32Array.from(state.params));
      write(code1, Uint8Array.from(state.state1));
      write(code2, Uint8Array.from(state.state2));
      write(
        absmax,
        Float32Array.from(state.absmax1.flatMap((scale, block) => [scale, state.absmax2[block]!])),
      );
    },

    step({ lr, betas, eps, weight_decay }: Settings, step: number, gradient: number[]): void {
      write(dparams, Float32Array.from(gradient));
      const [beta1, beta2] = betas;
      rule.configure({
        learningRate: lr,
        step,
        beta1,
        beta2,
        epsilon: eps,
        weightDecay: weight_decay,
        maxGradNorm: 0,
      });
      submit(device, rule.run);
    },

    async read() {
      const scales = await readFloats(device, absmax!);
      const [absmax1, absmax2] = [
        scales.filter((_, i) => i % 2 === 0),
        scales.filter((_, i) => i % 2 === 1),
      ];
      const state1 = new Uint8Array(await readBuffer(device, code1!));
      const state2 = new Uint8Array(await readBuffer(device, code2!));
      return {
        params: await readFloats(device, params),
        state1,
        state2,
        absmax1,
        absmax2,
        restored1: restore(dynamicMap(true), state1, absmax1),
        restored2: restore(dynamicMap(false), state2, absmax2),
        m: await readFloats(device, m!),
        v: await readFloats(device, v!),
      };
    },

    destroy(): void {
      for (const buffer of [params, dparams, status]) buffer.destroy();
      rule.destroy();
    },
  };
}

const restore = (map: Float32Array, codes: Uint8Array, absmax: Float32Array) =>
  Float32Array.from(codes, (code, i) => map[code]! * absmax[i >> 8]!);

/** Codes of `input` by the search that the optimizer uses, and what they stand for. */
export async function quantise(
  device: GPUDevice,
  signed: boolean,
  input: readonly number[],
  absmax: readonly number[],
) {
  const N = input.length;
  const kernel = await Kernel.create(device, kernelSpec("quantise", { N, MAP: signed ? 0 : 256 }));
  const code = storageBuffer(device, "batch", "codes", N);
  const restored = storageBuffer(device, "batch", "restored", N);
  const inputs = [
    storageBufferOf(device, "batch", "input", Float32Array.from(input)),
    storageBufferOf(
      device,
      "batch",
      "absmax",
      Float32Array.from({ length: Math.ceil(N / 256) }, (_, i) => absmax[i] ?? absmax.at(-1)!),
    ),
    quantisationMaps(device),
  ];
  submit(device, kernel.bind([...inputs, code, restored], Math.ceil(N / 64)));
  const result = {
    codes: new Uint32Array(await readBuffer(device, code)),
    restored: await readFloats(device, restored),
  };
  for (const buffer of [...inputs, code, restored]) buffer.destroy();
  return result;
}
