import { isSoftware } from "./adapter.ts";
import { UserError } from "../../base/user-error.ts";

/** How a device is missing, or wrong. */
export type DeviceFailure = "no-webgpu" | "no-adapter" | "miscomputes" | "device-lost";

/** No device, or no longer: which of the ways it happened decides what the page offers. */
export class DeviceError extends UserError {
  readonly kind: DeviceFailure;

  constructor(kind: DeviceFailure, message: string, remedy: string) {
    super(message, remedy);
    this.name = "DeviceError";
    this.kind = kind;
  }
}

/** A device and what is known of its adapter. */
export interface Acquired {
  device: GPUDevice;
  /** As the browser names it, e.g. "nvidia ampere", or by its largest buffer where it does not. */
  name: string;
  /** A software adapter: correct, but slow. */
  software: boolean;
}

/**
 * Every host that was asked for a device, kept for good. Dawn's, in Node, takes its instance along
 * when it is collected, and whatever still uses that crashes the process: adapter, device, queue and
 * buffers point to it without holding it. A buffer or the queue may outlive the device, so the
 * device's end is too soon to let go. A page has one host; one of Dawn's is some tens of KiB.
 */
const hosts = new Set<GPU>();

/** Used where the adapter has them. */
export const optionalFeatures: readonly GPUFeatureName[] = ["subgroups", "timestamp-query"];

/**
 * A device with all the limits of the adapter. `gpu` is the host's: `navigator.gpu` in a page or
 * worker, Dawn's in Node; undefined where the browser has no WebGPU. Nobody else needs to hold it.
 * Throws a DeviceError where there is no adapter, or one too old.
 */
export async function requestDevice(gpu: GPU | undefined): Promise<Acquired> {
  if (!gpu) {
    throw new DeviceError(
      "no-webgpu",
      "This browser has no WebGPU, so training cannot run here.",
      "Open the page over https or from localhost, in a browser with WebGPU.",
    );
  }
  hosts.add(gpu);
  const adapter = await gpu
    .requestAdapter({ powerPreference: "high-performance" })
    .catch((cause: unknown) => {
      throw new DeviceError(
        "no-adapter",
        `The browser refused to give a GPU: ${cause instanceof Error ? cause.message : String(cause)}`,
        "Look at chrome://gpu for the reason; a newer graphics driver usually helps.",
      );
    });
  if (!adapter) {
    throw new DeviceError(
      "no-adapter",
      "The browser has WebGPU but found no GPU that it accepts.",
      "Look at chrome://gpu; on Linux, Vulkan may need to be turned on in chrome://flags. After repeated GPU crashes, reload the page.",
    );
  }
  const { limits } = adapter;
  const info: GPUAdapterInfo | undefined = adapter.info;
  const device = await adapter.requestDevice({
    requiredFeatures: optionalFeatures.filter((feature) => adapter.features.has(feature)),
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    },
  });
  // Kernels are chosen by what the device says of its adapter, which came long after WebGPU itself.
  if (!info || !("adapterInfo" in device)) {
    device.destroy();
    throw new DeviceError(
      "no-webgpu",
      "This browser's WebGPU is too old: it does not say which GPU a device is of.",
      "Update the browser: it takes GPUDevice.adapterInfo, which Chrome and Edge have since version 133.",
    );
  }
  const { vendor, architecture, description } = info;
  // Deno gives numbers for names.
  const named = [vendor, architecture].filter((part) => /\D/.test(part));
  // Firefox says nothing.
  const unnamed = `unnamed adapter, buffers to ${limits.maxBufferSize / 2 ** 20} MiB`;
  const name = named.join(" ") || description || unnamed;
  return {
    device,
    name,
    software: isSoftware(info),
  };
}
