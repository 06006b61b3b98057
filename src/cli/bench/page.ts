// What the bench page runs; bench.ts drives it from Node.
import { requestDevice } from "../../engine/gpu/device.ts";
import type { Measurement } from "./measurement.ts";
import { type BenchOptions, runBench } from "./suite.ts";

declare global {
  interface Window {
    /** Set by the driver: receives each measurement. */
    emitMeasurement?: (measurement: Measurement) => Promise<void>;
    benchmark?: (options: BenchOptions) => Promise<void>;
  }
}

window.benchmark = async (options) => {
  const { device, name } = await requestDevice(navigator.gpu);
  await runBench(
    device,
    options,
    (measurement) => void window.emitMeasurement?.({ ...measurement, adapter: name }),
  );
};
