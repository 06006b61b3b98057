import { kernelSpec, type KernelName } from "../shaders/manifest.ts";
import { HISTOGRAMS } from "../../record/fields.ts";
import { OBJECTIVE_METRICS } from "../../record/metric-rules.ts";
import { type Dispatch, Kernel } from "../gpu/kernel.ts";
import type { ObjectiveShape } from "./objective.ts";
import { rowKernel } from "./row-kernel.ts";

/** Odd, so that a ratio of exactly 1 falls into the middle of a bin. */
export const HISTOGRAM_BINS = 121;

const HISTOGRAM_THREADS = 256;
const PARTIALS = 12; // columns of row-statistics.wgsl

export interface StatisticsBuffers {
  settings: GPUBuffer; // struct Settings
  term: GPUBuffer; // (B, K) vec4
  row: GPUBuffer; // (B) struct Row
  rowLoss: GPUBuffer; // (B, 2)
  bonus: GPUBuffer; // (2)
  entropy: GPUBuffer; // (B, K)
  mask: GPUBuffer; // (B, K) u32
  logRatio: GPUBuffer; // (B, K)
  tokenRatio: GPUBuffer; // (B, K)
  tokenClipped: GPUBuffer; // (B, K) u32
  sequenceClipped: GPUBuffer; // (B) u32
}

export interface Statistics {
  outputs: { metrics: GPUBuffer; histogram: GPUBuffer };
  run: Dispatch;
}

/** TRL's metrics and the distribution of both ratios, from what the objective left behind. */
export async function createStatistics(
  device: GPUDevice,
  { B, K }: ObjectiveShape,
  own: (label: string, length: number) => GPUBuffer,
  b: StatisticsBuffers,
): Promise<Statistics> {
  const partial = own("partial", B * PARTIALS);
  const metrics = own("metrics", OBJECTIVE_METRICS.length);
  const histogram = own("histogram", HISTOGRAMS.length * HISTOGRAM_BINS);
  const compile = (name: KernelName, constants: Record<string, number>) =>
    Kernel.create(device, kernelSpec(name, constants));
  const [rows, batch, bins] = await Promise.all([
    rowKernel(device, "row-statistics", K),
    compile("objective-metrics", {}),
    compile("ratio-histogram", {
      BINS: HISTOGRAM_BINS,
      WORKGROUP: HISTOGRAM_THREADS,
    }),
  ]);
  const intoPartial = rows.bind(
    [
      b.tokenRatio,
      b.tokenClipped,
      b.term,
      b.entropy,
      b.mask,
      b.row,
      b.logRatio,
      partial,
      b.settings,
    ],
    B,
  );
  const intoMetrics = batch.bind(
    [partial, b.row, b.rowLoss, b.sequenceClipped, b.bonus, metrics, b.settings],
    1,
  );
  const intoHistogram = bins.bind(
    [b.logRatio, b.mask, b.tokenClipped, b.row, b.sequenceClipped, histogram, b.settings],
    1,
  );
  return {
    outputs: { metrics, histogram },
    run(pass) {
      intoPartial(pass);
      intoMetrics(pass);
      intoHistogram(pass);
    },
  };
}
