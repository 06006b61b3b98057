import type { Dispatch } from "../gpu/kernel.ts";

/** What the optimizers need of the parameter layout; offsets and sizes in floats. */
export interface OptimizedLayout {
  tensors: readonly {
    offset: number;
    size: number;
    /** Without padding. */
    shape: readonly number[];
    decay: boolean;
    /** Groups that each dimension is cut into, each padded to a whole vec4; absent: one. */
    groups?: readonly number[];
  }[];
  /** Floats of the flat buffer. */
  length: number;
}

/** The flat buffers of one policy. */
export interface OptimizedBuffers {
  params: GPUBuffer; // (length)
  dparams: GPUBuffer; // (length)
}

/** Settings of one optimizer step; they may change from step to step. */
export interface OptimizerSettings {
  learningRate: number;
  /** From 1; the bias corrections count with it. */
  step: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  /** 0 turns clipping off. */
  maxGradNorm: number;
}

/** How clipped gradients change the weights: one optimizer without the norm before it. */
export interface UpdateRule {
  run: Dispatch;
  configure(settings: OptimizerSettings): void;
  /** What a checkpoint has to keep besides the weights. */
  state: readonly GPUBuffer[];
  /** Back to the state before the first step. */
  reset(): void;
  destroy(): void;
}

export type CreateUpdateRule = (
  device: GPUDevice,
  layout: OptimizedLayout,
  buffers: OptimizedBuffers,
  status: GPUBuffer,
) => Promise<UpdateRule>;

/** One bit per vec4 of the flat buffer: whether weight decay applies there. */
export function decayBits({ tensors, length }: OptimizedLayout): Uint32Array<ArrayBuffer> {
  const bits = new Uint32Array(Math.ceil(length / 128));
  for (const { offset, size, decay } of tensors) {
    if (offset % 4 !== 0 || size % 4 !== 0) {
      throw new RangeError(`a tensor of ${size} floats at ${offset} is not made of whole vec4s`);
    }
    if (!decay) continue;
    for (let i = offset / 4; i < (offset + size) / 4; i++) bits[i >>> 5]! |= 1 << (i & 31);
  }
  return bits;
}

/** Zeroes buffers now, ahead of whatever is submitted next. */
export function clearBuffers(device: GPUDevice, buffers: readonly GPUBuffer[]): void {
  const encoder = device.createCommandEncoder({ label: "clear" });
  for (const buffer of buffers) encoder.clearBuffer(buffer);
  device.queue.submit([encoder.finish()]);
}
