import { checkGrid } from "./limits.ts";

/** What a launch needs of a compute pass. */
export type Pass = Pick<GPUComputePassEncoder, "setPipeline" | "dispatchWorkgroups"> & {
  setBindGroup(index: number, group: GPUBindGroup | null): void;
};

/** One recorded launch, or several. Cheap to call every step. */
export type Dispatch = (pass: Pass) => void;

/** A whole buffer, or a range of one that starts at a multiple of 256 bytes. */
export type Binding = GPUBuffer | GPUBufferBinding;

export interface KernelSpec {
  /** The shader's file name without its ending, e.g. "linear.forward". */
  label: string;
  code: string;
  /** Values of the shader's `override`s: shapes, compiled in. */
  constants?: Record<string, number>;
}

const compiled = new WeakMap<GPUDevice, Map<string, Promise<Kernel>>>();
const compiledNow = new WeakMap<GPUDevice, Map<string, Kernel>>();

function cacheOf<T>(caches: WeakMap<GPUDevice, Map<string, T>>, device: GPUDevice): Map<string, T> {
  let cache = caches.get(device);
  if (!cache) caches.set(device, (cache = new Map()));
  return cache;
}

const keyOf = ({ label, code, constants = {} }: KernelSpec): string =>
  `${label} ${JSON.stringify(constants)}\n${code}`;

/** A compiled compute shader with a single entry point, `main`. */
export class Kernel {
  readonly device: GPUDevice;
  readonly pipeline: GPUComputePipeline;
  readonly label: string;

  private constructor(device: GPUDevice, pipeline: GPUComputePipeline, label: string) {
    this.device = device;
    this.pipeline = pipeline;
    this.label = label;
  }

  /** Compiles the shader; the same code with the same constants is compiled once per device. */
  static create(device: GPUDevice, spec: KernelSpec): Promise<Kernel> {
    const kernels = cacheOf(compiled, device);
    const key = keyOf(spec);
    let kernel = kernels.get(key);
    if (!kernel) kernels.set(key, (kernel = Kernel.#compile(device, spec)));
    return kernel;
  }

  /**
   * The same without waiting, for kernels that few configurations need: the first launch waits
   * instead. A shader that does not compile fails as a validation error of the device.
   */
  static createNow(device: GPUDevice, spec: KernelSpec): Kernel {
    const kernels = cacheOf(compiledNow, device);
    const key = keyOf(spec);
    let kernel = kernels.get(key);
    if (!kernel) {
      const { label, code, constants = {} } = spec;
      const module = device.createShaderModule({ label, code });
      const compute = { module, constants };
      const pipeline = device.createComputePipeline({ label, layout: "auto", compute });
      kernels.set(key, (kernel = new Kernel(device, pipeline, label)));
    }
    return kernel;
  }

  static async #compile(device: GPUDevice, { label, code, constants }: KernelSpec) {
    const module = device.createShaderModule({ label, code });
    try {
      const pipeline = await device.createComputePipelineAsync({
        label,
        layout: "auto",
        compute: { module, constants: constants ?? {} },
      });
      return new Kernel(device, pipeline, label);
    } catch (cause) {
      throw new Error(
        `${label} does not compile:\n${(await diagnostics(module)) || String(cause)}`,
        {
          cause,
        },
      );
    }
  }

  /**
   * Fixes the buffers, in the order of the shader's bindings (null: a binding it does not have),
   * and the size of the grid in workgroups, at most: `now` tells what it is when it is launched, x, y
   * and z when left out. A LimitError if the device cannot start so many.
   */
  bind(
    buffers: readonly (Binding | null)[],
    x: number,
    y = 1,
    z = 1,
    now: () => readonly [number, number?, number?] = () => [x, y, z],
  ): Dispatch {
    checkGrid(this.device, this.label, x, y, z);
    const bindGroup = this.device.createBindGroup({
      label: this.label,
      layout: this.pipeline.getBindGroupLayout(0),
      entries: buffers.flatMap((buffer, binding) =>
        buffer ? [{ binding, resource: "buffer" in buffer ? buffer : { buffer } }] : [],
      ),
    });
    return (pass) => {
      pass.setPipeline(this.pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(...now());
    };
  }
}

async function diagnostics(module: GPUShaderModule): Promise<string> {
  const { messages } = await module.getCompilationInfo();
  return messages.map((m) => `  ${m.lineNum}:${m.linePos} ${m.type}: ${m.message}`).join("\n");
}
