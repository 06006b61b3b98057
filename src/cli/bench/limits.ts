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

const FMA = { invocations: 16_384, turns: 256, flops: 2 * 4 * 2 * 16 }; // flops of one turn
const COPY_BYTES = 1 << 24;
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
  const [a, b, y] = ["a", "b", "y"].map((name) =>
    storageBuffer(device, "batch", `limits ${name}`, COPY_BYTES / 4),
  ) as [GPUBuffer, GPUBuffer, GPUBuffer];
  const [fma, copy] = await Promise.all([
    Kernel.create(device, {
      label: "multiply-add",
      code: fmaCode,
      constants: { TURNS: FMA.turns },
    }),
    Kernel.create(device, { label: "copy", code: copyCode }),
  ]);

  const arithmetic = await each(fma.bind([a, y], FMA.invocations / 64));
  const multiplyAdd = gflops(FMA.invocations * FMA.turns * FMA.flops, arithmetic.ms);
  say(arithmetic, { what: "multiply-add", gflops: multiplyAdd });

  const copied = await each(copy.bind([a, y], COPY_BYTES / 16 / 64));
  const copyRate = digits((2 * COPY_BYTES) / copied.ms / 1e6);
  say(copied, { what: "copy", gb_s: copyRate });

  const linear = { S: 0, M: 0, L: 0 };
  for (const name of ["S", "M", "L"] as const) {
    const [R, I, O] = SHAPES[name];
    const bind = await linearForward(gpu, { R, I, O });
    const timing = await each(bind({ x: a, weight: b, norm: null, y, residual: null }));
    linear[name] = gflops(2 * R * I * O, timing.ms);
    say(timing, {
      what: `linear ${R}x${I}x${O}`,
      gflops: linear[name],
      of_multiply_add: digits(linear[name] / multiplyAdd),
    });
  }

  const dispatched = await timed(copy.bind([a, y], 1), DISPATCHES);
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
  for (const buffer of [a, b, y]) buffer.destroy();
  return { multiplyAdd, copy: copyRate, linear, dispatchUs, submitUs };
}

const perLaunch = ({ ms, min, max, n, first_ms }: Timing, times: number): Timing => ({
  ms: ms / times,
  min: min / times,
  max: max / times,
  n,
  first_ms: first_ms / times,
});
