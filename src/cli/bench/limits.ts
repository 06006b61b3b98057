import copyCode from "../../../shaders/bench/copy.wgsl?raw";
import fmaCode from "../../../shaders/bench/multiply-add.wgsl?raw";
import { storageBuffer } from "../../engine/gpu/buffers.ts";
import { type Dispatch, Kernel } from "../../engine/gpu/kernel.ts";
import { linearForward } from "../../engine/layers/linear.ts";
import { measure, type Timing } from "./measure.ts";

/** Rows × inputs × outputs at which matrix products are compared. */
const SHAPES = [
  [2048, 64, 64],
  [4096, 128, 512],
  [4096, 256, 1024],
] as const;

const FMA = { invocations: 16_384, turns: 256, flops: 2 * 4 * 2 * 16 }; // flops of one turn
const COPY_BYTES = 1 << 24;
const DISPATCHES = 1000;
const SUBMITS = 100;

/** What this adapter can do at best: arithmetic, bandwidth, our matrix product, fixed costs. */
export async function measureLimits(
  device: GPUDevice,
  n: number,
  say: (timing: Timing, more: Record<string, unknown>) => void,
): Promise<void> {
  const timed = (what: Dispatch, times = 1) =>
    measure(async () => {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (let i = 0; i < times; i++) what(pass);
      pass.end();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
    }, n);
  const rate = (amount: number, { ms }: Timing) => Number((amount / ms / 1e6).toPrecision(3));

  const a = storageBuffer(device, "limits a", 1 << 22);
  const b = storageBuffer(device, "limits b", 1 << 22);
  const y = storageBuffer(device, "limits y", 1 << 22);
  const [fma, copy] = await Promise.all([
    Kernel.create(device, {
      label: "multiply-add",
      code: fmaCode,
      constants: { TURNS: FMA.turns },
    }),
    Kernel.create(device, { label: "copy", code: copyCode }),
  ]);

  const arithmetic = await timed(fma.bind([a, y], FMA.invocations / 64));
  const peak = rate(FMA.invocations * FMA.turns * FMA.flops, arithmetic);
  say(arithmetic, { what: "multiply-add", gflops: peak });

  const copied = await timed(copy.bind([a, y], COPY_BYTES / 16 / 64));
  say(copied, { what: "copy", gb_s: rate(2 * COPY_BYTES, copied) });

  for (const [R, I, O] of SHAPES) {
    const bind = await linearForward(device, { R, I, O });
    const timing = await timed(bind({ x: a, weight: b, y, residual: null }));
    const gflops = rate(2 * R * I * O, timing);
    say(timing, {
      what: `linear ${R}x${I}x${O}`,
      gflops,
      of_multiply_add: Number((gflops / peak).toFixed(3)),
    });
  }

  const dispatched = await timed(copy.bind([a, y], 1), DISPATCHES);
  say(dispatched, { what: "dispatch", us_each: (dispatched.ms * 1000) / DISPATCHES });
  const submitted = await measure(async () => {
    for (let i = 0; i < SUBMITS; i++) {
      device.queue.submit([device.createCommandEncoder().finish()]);
    }
    await device.queue.onSubmittedWorkDone();
  }, n);
  say(submitted, { what: "submit", us_each: (submitted.ms * 1000) / SUBMITS });
  for (const buffer of [a, b, y]) buffer.destroy();
}
