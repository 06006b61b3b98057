/** Devices that nobody has lost yet, by what was asked for. */
const living = new Map<string, Promise<GPUDevice>>();

/**
 * A GPU that hands out the file's one device again and again, with the kernels that are compiled on
 * it. The first `own` requests get devices of their own: who loses a device loses that of everybody
 * who has it, so a test may lose only these.
 */
export function sharedGpu({ own = 0 }: { own?: number } = {}): GPU {
  let asked = 0;
  const requestAdapter = async (options?: GPURequestAdapterOptions) => {
    const adapter = await navigator.gpu.requestAdapter(options);
    if (adapter === null) return null;
    const requestDevice = (descriptor: GPUDeviceDescriptor = {}): Promise<GPUDevice> => {
      if (asked++ < own) return adapter.requestDevice(descriptor);
      const key = JSON.stringify(descriptor);
      const known = living.get(key) ?? adapter.requestDevice(descriptor);
      living.set(key, known);
      return known;
    };
    const { features, info, limits } = adapter;
    return { features, info, limits, requestDevice };
  };
  return { requestAdapter } as unknown as GPU;
}
