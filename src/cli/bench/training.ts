import type { GpuContext } from "../../engine/gpu/context.ts";
import { trlDefaults } from "../../config/schema.ts";
import { storageBuffer, storageBufferOf } from "../../engine/gpu/buffers.ts";
import { initialParameters, parameterLayout } from "../../engine/policy/parameters.ts";
import type { PolicyShape } from "../../engine/policy/shape.ts";
import { createUpdate } from "../../engine/training/update.ts";
import { kernelTimes } from "./kernel-times.ts";
import { kernelDispatches } from "./launches.ts";
import { measure } from "./measure.ts";
import { costs, gflops, runAndWait, type Say, together } from "./measurement.ts";
import type { Watch } from "./watch-device.ts";
import { flopsOf, lengthsOf, policyOf, type Workload } from "./workloads.ts";

/**
 * A policy that takes optimizer steps on one made-up micro-batch of `batch` rows. The prompt has
 * one column: all `context` columns are scored, as in the other trainers' step.
 */
export async function createTraining(
  gpu: GpuContext,
  shape: PolicyShape,
  w: Pick<Workload, "batch" | "context" | "filled">,
) {
  const { device } = gpu;
  const { batch: B, context: T } = w;
  const lengths = lengthsOf(w);
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const layout = parameterLayout(shape);
  const params = storageBufferOf(device, "weights", "params", initialParameters(shape, 1));
  const referenceParams = storageBuffer(device, "weights", "reference params", layout.length);
  const update = await createUpdate(
    gpu,
    shape,
    layout,
    { B, P: 1, K: T, slots: 1, accumulation: 1 },
    { params, referenceParams },
    "adamw_torch",
  );
  const scattered = (factor: number) =>
    Uint32Array.from({ length: B * T }, (_, i) => (i * factor) % shape.vocab);
  update.load(0, {
    tokens: scattered(7919),
    start: new Uint32Array(B),
    length: Uint32Array.from(lengths),
    targets: scattered(104_729),
    mask: Uint32Array.from({ length: B * T }, (_, i) =>
      Number(i % T < lengths[Math.floor(i / T)]!),
    ),
    advantage: Float32Array.from({ length: B }, (_, row) => (row % 5) - 2),
    logpSampled: null,
    logpOld: null,
    logpRef: null,
    numItemsInBatch: tokens,
  });
  let step = 0;
  return {
    update,
    tokens,
    parameters: layout.count,
    /** One optimizer step; ends when its metrics are back. */
    async step(): Promise<void> {
      update.begin({
        config: { ...trlDefaults, loss_type: "grpo", max_completion_length: T },
        otherClip: null,
        learningRate: 1e-4,
        step: ++step,
        stepsPerGeneration: 1,
        gradientAccumulationSteps: 1,
        histogramRange: 0.1,
      });
      update.accumulate(0);
      const { gradNorm } = await update.finish();
      if (!(gradNorm > 0)) throw new Error(`the gradient's norm is ${gradNorm} at step ${step}`);
    },
    destroy(): void {
      update.destroy();
      for (const each of [params, referenceParams]) each.destroy();
    },
  };
}

/** The training step of a workload, and its objective alone. */
export async function benchTraining(
  gpu: GpuContext,
  watch: Watch,
  w: Workload,
  n: number,
  say: Say,
): Promise<void> {
  const held = watch.startPeak();
  const began = performance.now();
  const training = await createTraining(gpu, policyOf(w), w);
  const compile_ms = performance.now() - began;
  const timing = await measure(training.step, n);
  const flops = flopsOf(w);
  const { passes } = training.update;
  const whole = together(...Object.values(passes));
  const { tokens } = training;
  say(
    "train",
    { ...timing, first_ms: compile_ms + timing.first_ms },
    {
      tok_s: Math.round((tokens * 1e3) / timing.ms),
      gflops: gflops(flops.ours, timing.ms),
      flops: flops.ours,
      peer_flops: flops.peers,
      parameters: training.parameters,
      compile_ms: Math.round(compile_ms),
      ...costs(watch, whole),
      peak_buffer_bytes: watch.peakBytes - held,
      kernels_ms: await kernelTimes(gpu.device, whole),
      kernel_dispatches: kernelDispatches(whole),
    },
  );
  const alone = await measure(() => runAndWait(gpu.device, passes.objective), n);
  say("objective", alone, {
    tok_s: Math.round((tokens * 1e3) / alone.ms),
    ...costs(watch, passes.objective),
  });
  training.destroy();
}
