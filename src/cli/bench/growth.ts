import type { GpuContext } from "../../engine/gpu/context.ts";
import { measure } from "./measure.ts";
import { digits, gflops, type Measurement, roundedTiming, together } from "./measurement.ts";
import { launchesOf } from "./launches.ts";
import { createTraining } from "./training.ts";
import type { Watch } from "./watch-device.ts";
import { flopsOf, policyOf, type Workload, workloads } from "./workloads.ts";

export const growthAxes = ["batch", "context", "parameters", "filled"] as const;
export type GrowthAxis = (typeof growthAxes)[number];

const { S } = workloads;

/** Tokens of a step along the context: rows × columns stay the same. */
const TOKENS = 4096;

const points: Readonly<Record<GrowthAxis, readonly Workload[]>> = {
  batch: [8, 16, 32, 64, 128, 256, 512].map((batch) => ({ ...S, batch })),
  context: [32, 64, 128, 256, 512, 1024, 2048].map((context) => ({
    ...S,
    context,
    batch: TOKENS / context,
  })),
  filled: [1, 0.5, 0.25, 0.125].map((filled) => ({ ...S, context: 512, batch: 8, filled })),
  parameters: [16, 32, 64, 128, 256].map((width) => ({ ...S, width, batch: 16 })),
};

/** How a training step's cost per token grows with rows, columns, weights and padding, from S on. */
export async function benchGrowth(
  gpu: GpuContext,
  watch: Watch,
  axes: readonly GrowthAxis[],
  n: number,
  emit: (measurement: Measurement) => void,
): Promise<void> {
  for (const along of axes) {
    for (const w of points[along]) {
      const held = watch.startPeak();
      const training = await createTraining(gpu, policyOf(w), w);
      const timing = await measure(training.step, n);
      const { tokens } = training;
      const { ours } = flopsOf(w);
      emit({
        kind: "growth",
        along,
        batch: w.batch,
        context: w.context,
        tokens,
        width: w.width,
        parameters: training.parameters,
        ...roundedTiming(timing),
        us_per_token: digits((timing.ms * 1e3) / tokens),
        gflops: gflops(ours, timing.ms),
        flops_per_token: Math.round(ours / tokens),
        dispatches: launchesOf(together(...Object.values(training.update.passes))).length,
        peak_buffer_bytes: watch.peakBytes - held,
      });
      training.destroy();
    }
  }
}
