/** Chrome's software adapter: correct anywhere, and slow in ways of its own. */
export const isSwiftShader = ({ adapterInfo }: GPUDevice): boolean =>
  adapterInfo.architecture === "swiftshader";

/** Runs on the processor: correct, but slow. */
export const isSoftware = (info: GPUAdapterInfo): boolean =>
  info.isFallbackAdapter ||
  /swiftshader|llvmpipe|lavapipe|basic render/i.test(
    `${info.vendor} ${info.architecture} ${info.description}`,
  );

/** Every subgroup is four neighbours along x, and shaders may share what they load. */
export const sharesLoads = (device: GPUDevice): boolean => {
  const { subgroupMinSize, subgroupMaxSize } = device.adapterInfo;
  return (
    isSwiftShader(device) &&
    device.features.has("subgroups") &&
    subgroupMinSize === 4 &&
    subgroupMaxSize === 4
  );
};

/** Threads that fold one row: SwiftShader pays for every barrier of every four threads. */
export const rowLanes = (device: GPUDevice): number => (isSwiftShader(device) ? 4 : 32);
