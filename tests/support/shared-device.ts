import { afterAll, beforeAll } from "vitest";
import { withDevice } from "./with-device.ts";

/** One device for all tests of a file, so that its kernels are compiled once; GPU errors fail it. */
export function sharedDevice(features?: readonly GPUFeatureName[]): () => GPUDevice {
  let device: GPUDevice;
  let release = (): void => {};
  let closed: Promise<void> = Promise.resolve();
  beforeAll(
    () =>
      new Promise<void>((ready, refuse) => {
        closed = withDevice(async (opened) => {
          device = opened;
          const released = new Promise<void>((resolve) => (release = resolve));
          ready();
          await released;
        }, features);
        closed.catch(refuse);
      }),
  );
  afterAll(() => {
    release();
    return closed;
  });
  return () => device;
}
