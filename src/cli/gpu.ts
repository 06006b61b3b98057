import { create, globals } from "webgpu";
import { DeviceError, requestDevice, type Acquired } from "../engine/gpu/device.ts";
import { UserError } from "../base/user-error.ts";
import { spaceDawnsPolling } from "./dawn-polling.ts";

/** A device in Node through Dawn, with all the limits of the adapter. */
export async function openGpu(): Promise<Acquired> {
  Object.assign(globalThis, globals);
  try {
    const acquired = await requestDevice(create([]));
    if (acquired.software) spaceDawnsPolling();
    return acquired;
  } catch (error) {
    if (!(error instanceof DeviceError) || error.kind !== "no-adapter") throw error;
    throw new UserError(
      "Dawn finds no GPU and no software driver on this machine.",
      "Install your GPU's Vulkan driver, or Debian's package `chromium`, which brings a software one.",
    );
  }
}
