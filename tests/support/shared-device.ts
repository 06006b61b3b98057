import { afterAll, beforeAll } from "vitest";
import { commonDevice } from "./with-device.ts";

/** The common device for all tests of a file; GPU errors fail it. */
export function sharedDevice(features?: readonly GPUFeatureName[]): () => GPUDevice {
  let opened: Awaited<ReturnType<typeof commonDevice>>;
  beforeAll(async () => {
    opened = await commonDevice(features);
  });
  afterAll(() => opened.close());
  return () => opened.device;
}
