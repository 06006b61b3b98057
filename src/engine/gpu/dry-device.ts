import type { Purpose, StatedBuffer } from "./buffers.ts";

/** A buffer that a dry device was asked for. */
export interface AskedBuffer {
  label: string;
  bytes: number;
  purpose: Purpose;
}

const nothing = (): void => undefined;

/**
 * A device that makes nothing: it has the adapter and the features of another, answers every
 * request with an empty object, and keeps a list of the buffers. It has no limit on a buffer's
 * size, so that all of a run can be asked for; the grid's limit is `grid`.
 */
export function dryDevice(
  device: GPUDevice,
  grid: number,
): { device: GPUDevice; asked: AskedBuffer[] } {
  const asked: AskedBuffer[] = [];
  const pipeline = ({ label }: GPUComputePipelineDescriptor) => ({
    label,
    getBindGroupLayout: () => ({}),
  });
  const pass = {
    setPipeline: nothing,
    setBindGroup: nothing,
    dispatchWorkgroups: nothing,
    end: nothing,
  };
  const encoder = {
    beginComputePass: () => pass,
    copyBufferToBuffer: nothing,
    clearBuffer: nothing,
    finish: () => ({}),
  };
  const instead = {
    createBuffer: ({ label, size, usage, purpose }: StatedBuffer) => {
      asked.push({ label, bytes: size, purpose });
      return { label, size, usage, destroy: nothing };
    },
    createShaderModule: () => ({}),
    createComputePipeline: pipeline,
    createComputePipelineAsync: (descriptor: GPUComputePipelineDescriptor) =>
      Promise.resolve(pipeline(descriptor)),
    createBindGroup: () => ({}),
    createCommandEncoder: () => encoder,
    queue: { writeBuffer: nothing, submit: nothing },
    limits: over(device.limits, {
      maxBufferSize: Infinity,
      maxStorageBufferBindingSize: Infinity,
      maxComputeWorkgroupsPerDimension: grid,
    }),
  };
  return { device: over(device, instead), asked };
}

/** `target`, but for the members that `instead` has. */
const over = <T extends object>(target: T, instead: object): T =>
  new Proxy(target, {
    get: (_, name): unknown =>
      // Not through the proxy: a GPU object's getters answer only for itself.
      name in instead ? Reflect.get(instead, name) : Reflect.get(target, name, target),
  });
