import type { GpuContext } from "../../engine/gpu/context.ts";
import copyCode from "../../../shaders/bench/copy.wgsl?raw";
import fmaCode from "../../../shaders/bench/multiply-add.wgsl?raw";
import { storageBuffer } from "../../engine/gpu/buffers.ts";
import { type Dispatch, Kernel } from "../../engine/gpu/kernel.ts";
import { linearForward } from "../../engine/layers/linear.ts";
import { measure, type Timing } from "./measure.ts";
import { digits, gflops, runAndWait } from "./measurement.ts";
import type { WorkloadName } from "./workloads.ts";

/** Rows × inputs × outputs at which matrix products are compared: the workloads' own sizes. */
const SHAPES: Readonly<Record<WorkloadName, readonly [number, number, number]>> = {
  S: [2048, 64, 64],
  M: [4096, 128, 512],
  L: [4096, 256, 1024],
};

const FMA = { turns: 256, flops: 2 * 4 * 2 * 16 }; // flops of one turn
/** Invocations of multiply-adds: what a small adapter needs, and what the largest grid has. */
const INVOCATIONS = { least: 1 << 14, most: 1 << 21 };
/** Bytes that are copied: beyond a software adapter's caches, and beyond those of any card. */
const COPIED = { least: 1 << 24, most: 1 << 30 };
/** Workgroups of a copy along x. */
const COPY_GRID = COPIED.least / 16 / 64;
/** A launch is doubled until it takes so long: a large card is full only then. */
const FULL_MS = 1;
/** A square product that fills any card; measured only where it is expected to take less than so long. */
const LARGE = 4096;
const LARGE_MS = 200;
/** A submission is repeated work of so many milliseconds: the wait at its end must not count. */
const ENOUGH_MS = 100;
const MOST_REPEATS = 1000;
const DISPATCHES = 1000;
const SUBMITS = 100;

/** What this adapter can do at best. */
export interface Limits {
  /** GFLOP/s of multiply-adds that stay in registers. */
  multiplyAdd: number;
  /** GB/s of a copy kernel, read and written. */
  copy: number;
  /** GFLOP/s of our own matrix product at the workloads' sizes. */
  linear: Readonly<Record<WorkloadName, number>>;
  /** Microseconds of a dispatch, and of an empty submission. */
  dispatchUs: number;
  submitUs: number;
}

/** Measures arithmetic, bandwidth, our matrix product and fixed costs, and hands out each. */
export async function measureLimits(
  gpu: GpuContext,
  n: number,
  say: (timing: Timing, more: Record<string, unknown>) => void,
): Promise<Limits> {
  const { device } = gpu;
  const timed = (what: Dispatch, times: number) =>
    measure(() => runAndWait(device, what, times), n);
  /** Of one launch, in submissions long enough. */
  const each = async (what: Dispatch): Promise<Timing> => {
    const { ms } = await measure(() => runAndWait(device, what), 2);
    const times = Math.min(MOST_REPEATS, Math.ceil(ENOUGH_MS / ms));
    return perLaunch(await timed(what, times), times);
  };
  const [fma, copy] = await Promise.all([
    Kernel.create(device, {
      label: "multiply-add",
      code: fmaCode,
      constants: { TURNS: FMA.turns },
    }),
    Kernel.create(device, { label: "copy", code: copyCode }),
  ]);
  /** A kernel of two buffers, at the first size, doubled from `least` on, that keeps the adapter busy. */
  const full = async (
    { least, most }: { least: number; most: number },
    bytesOf: (size: number) => number,
    launch: (x: GPUBuffer, y: GPUBuffer, size: number) => Dispatch,
  ): Promise<{ size: number; timing: Timing }> => {
    for (let size = least; ; size *= 2) {
      const found = await using(device, bytesOf(size), 2, async ([x, y]) => {
        const run = launch(x!, y!, size);
        const enough =
          2 * size > most || (await measure(() => runAndWait(device, run), 2)).ms >= FULL_MS;
        return enough ? { size, timing: await each(run) } : null;
      });
      if (found) return found;
    }
  };

  const sums = await full(
    INVOCATIONS,
    (invocations) => 16 * invocations,
    (x, y, invocations) => fma.bind([x, y], invocations / 64),
  );
  const multiplyAdd = gflops(sums.size * FMA.turns * FMA.flops, sums.timing.ms);
  say(sums.timing, { what: "multiply-add", gflops: multiplyAdd, invocations: sums.size });

  const bindable = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
  const copied = await full(
    { ...COPIED, most: Math.min(COPIED.most, bindable) },
    (bytes) => bytes,
    (x, y, bytes) => copy.bind([x, y], COPY_GRID, bytes / COPIED.least),
  );
  const copyRate = digits((2 * copied.size) / copied.timing.ms / 1e6);
  say(copied.timing, { what: "copy", gb_s: copyRate, bytes: copied.size });

  const linear = { S: 0, M: 0, L: 0 };
  const product = (R: number, I: number, O: number): Promise<number> =>
    using(device, 4 * Math.max(R * I, I * O, R * O), 3, async ([x, weight, y]) => {
      const bind = await linearForward(gpu, { R, I, O });
      const timing = await each(
        bind({ x: x!, weight: weight!, norm: null, y: y!, residual: null }),
      );
      const rate = gflops(2 * R * I * O, timing.ms);
      const what = `linear ${R}x${I}x${O}`;
      say(timing, { what, gflops: rate, of_multiply_add: digits(rate / multiplyAdd) });
      return rate;
    });
  for (const name of ["S", "M", "L"] as const) linear[name] = await product(...SHAPES[name]);
  if ((2 * LARGE ** 3) / linear.L / 1e6 < LARGE_MS) await product(LARGE, LARGE, LARGE);

  const dispatched = await using(device, 64 * 16, 2, ([x, y]) =>
    timed(copy.bind([x!, y!], 1), DISPATCHES),
  );
  const dispatchUs = digits((dispatched.ms * 1000) / DISPATCHES);
  say(dispatched, { what: "dispatch", us_each: dispatchUs });
  const submitted = await measure(async () => {
    for (let i = 0; i < SUBMITS; i++) {
      device.queue.submit([device.createCommandEncoder().finish()]);
    }
    await device.queue.onSubmittedWorkDone();
  }, n);
  const submitUs = digits((submitted.ms * 1000) / SUBMITS);
  say(submitted, { what: "submit", us_each: submitUs });
  return { multiplyAdd, copy: copyRate, linear, dispatchUs, submitUs };
}

/** Runs `work` with so many buffers of so many bytes, and destroys them. */
async function using<T>(
  device: GPUDevice,
  bytes: number,
  count: number,
  work: (buffers: readonly GPUBuffer[]) => Promise<T>,
): Promise<T> {
  const buffers = Array.from({ length: count }, (_, i) =>
    storageBuffer(device, "batch", `limits ${i}`, bytes / 4),
  );
  try {
    return await work(buffers);
  } finally {
    for (const buffer of buffers) buffer.destroy();
  }
}

const perLaunch = ({ ms, min, max, n, first_ms }: Timing, times: number): Timing => ({
  ms: ms / times,
  min: min / times,
  max: max / times,
  n,
  first_ms: first_ms / times,
});
