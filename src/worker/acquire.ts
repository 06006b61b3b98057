import { DeviceError, requestDevice, type Acquired } from "../engine/gpu/device.ts";

/** Milliseconds before each further try: a GPU process that crashed takes a moment to come back. */
const PAUSES = [100, 400, 1500];

/** A new device after one was lost. Throws a DeviceError when the browser has none for this page. */
export async function acquireAgain(gpu: GPU | undefined): Promise<Acquired> {
  for (const pause of PAUSES) {
    try {
      return await requestDevice(gpu);
    } catch (error) {
      if (error instanceof DeviceError && error.kind === "no-webgpu") throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return requestDevice(gpu);
}
