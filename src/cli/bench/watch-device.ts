/** What a device has been asked for since it was watched. */
export interface Watch {
  buffers: number;
  /** Bytes of all buffers that are not destroyed, and the most there ever were. */
  bytes: number;
  peakBytes: number;
  pipelines: number;
  bindGroups: number;
  /** Begins a new peak at what is held now, and returns that. */
  startPeak(): number;
  /** Bytes that each bind group binds: what a dispatch moves if it touches everything once. */
  bound: WeakMap<GPUBindGroup, number>;
}

/** Counts buffers, their bytes and pipelines as they are made, from now on. */
export function watchDevice(device: GPUDevice): Watch {
  const watch: Watch = {
    buffers: 0,
    bytes: 0,
    peakBytes: 0,
    pipelines: 0,
    bindGroups: 0,
    startPeak: () => (watch.peakBytes = watch.bytes),
    bound: new WeakMap(),
  };
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    watch.buffers++;
    watch.bytes += descriptor.size;
    watch.peakBytes = Math.max(watch.peakBytes, watch.bytes);
    buffer.destroy = () => {
      watch.bytes -= descriptor.size;
      destroy();
    };
    return buffer;
  };
  const createPipeline = device.createComputePipelineAsync.bind(device);
  device.createComputePipelineAsync = (descriptor) => {
    watch.pipelines++;
    return createPipeline(descriptor);
  };
  const createPipelineNow = device.createComputePipeline.bind(device);
  device.createComputePipeline = (descriptor) => {
    watch.pipelines++;
    return createPipelineNow(descriptor);
  };
  const createBindGroup = device.createBindGroup.bind(device);
  device.createBindGroup = (descriptor) => {
    const group = createBindGroup(descriptor);
    watch.bindGroups++;
    let bytes = 0;
    for (const { resource } of descriptor.entries) {
      if ("buffer" in resource) bytes += resource.size ?? resource.buffer.size;
    }
    watch.bound.set(group, bytes);
    return group;
  };
  return watch;
}
