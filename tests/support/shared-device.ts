import { afterEach, beforeEach } from "vitest";
import { openDevice } from "./with-device.ts";

/** The file's device for tests that take it as it is; a GPU error fails the test that it happens in. */
export function sharedDevice(features?: readonly GPUFeatureName[]): () => GPUDevice {
  let opened: Awaited<ReturnType<typeof openDevice>>;
  beforeEach(async () => {
    opened = await openDevice(features);
    opened.device.pushErrorScope("validation");
  });
  afterEach(async () => {
    const error = await opened.device.popErrorScope();
    if (error) throw new Error(error.message);
    opened.close();
  });
  return () => opened.device;
}
