import type { Dispatch } from "../../engine/gpu/kernel.ts";
import { launchesOf } from "./launches.ts";
import type { Timing } from "./measure.ts";
import type { Watch } from "./watch-device.ts";

/** One line of the benchmark: the names that other trainers' benchmarks print, and ours. */
export type Measurement = Record<string, unknown>;

export type Say = (kind: string, timing: Timing, more: Measurement) => void;

/** Milliseconds to four digits: more would be noise. */
export const roundedTiming = (timing: Timing): Timing => ({
  ms: digits(timing.ms, 4),
  min: digits(timing.min, 4),
  max: digits(timing.max, 4),
  n: timing.n,
  first_ms: digits(timing.first_ms, 4),
});

export const digits = (value: number, count = 3): number => Number(value.toPrecision(count));

/** GFLOP/s of so many floating-point operations in so many milliseconds. */
export const gflops = (flops: number, ms: number): number => digits(flops / ms / 1e6);

/** Dispatches, and the bytes they move when each touches once what it binds. */
export function costs(watch: Watch, run: Dispatch): { dispatches: number; bytes: number } {
  const launches = launchesOf(run);
  const bytes = launches.reduce((sum, { bindGroup }) => sum + (watch.bound.get(bindGroup) ?? 0), 0);
  return { dispatches: launches.length, bytes };
}

export const together =
  (...all: readonly Dispatch[]): Dispatch =>
  (pass) => {
    for (const dispatch of all) dispatch(pass);
  };

/** Submits `dispatch`, `times` over in one pass, and waits until it is done. */
export async function runAndWait(device: GPUDevice, dispatch: Dispatch, times = 1): Promise<void> {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (let i = 0; i < times; i++) dispatch(pass);
  pass.end();
  device.queue.submit([encoder.finish()]);
  await device.queue.onSubmittedWorkDone();
}
