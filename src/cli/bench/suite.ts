import type { Family } from "../../engine/gpu/family.ts";
import { chooseFamily } from "../../engine/layers/choose-family.ts";
import { benchArms } from "./arms.ts";
import { fractionsOf } from "./fractions.ts";
import { benchGrowth, type GrowthAxis } from "./growth.ts";
import { measureLimits } from "./limits.ts";
import type { Timing } from "./measure.ts";
import { type Measurement, roundedTiming, type Say } from "./measurement.ts";
import { benchRollout } from "./rollout.ts";
import { benchTraining } from "./training.ts";
import { watchDevice } from "./watch-device.ts";
import { type WorkloadName, workloads } from "./workloads.ts";

export interface BenchOptions {
  workloads: readonly WorkloadName[];
  /** What is measured of a workload. */
  what: readonly ("train" | "rollout")[];
  /** Runs per measurement. */
  n: number;
  /** The adapter's limits too and, of each workload, its figures as fractions of them. */
  limits: boolean;
  /** A run of two arms against a run of one. */
  arms: boolean;
  growth: readonly GrowthAxis[];
  /** How products are computed; null: what is faster on the adapter. */
  family: Family | null;
}

/** Measures what the options ask for, and hands it out line by line. */
export async function runBench(
  device: GPUDevice,
  options: BenchOptions,
  hear: (measurement: Measurement) => void,
): Promise<void> {
  const family = options.family ?? (await chooseFamily(device));
  const gpu = { device, matmul: family };
  const emit = (measurement: Measurement) => hear({ ...measurement, family });
  const watch = watchDevice(device);
  const measured = new Map<WorkloadName, Parameters<typeof fractionsOf>[1][number][]>();
  const tell =
    (heading: Measurement): Say =>
    (kind, timing, more) =>
      emit({ ...heading, kind, ...roundedTiming(timing), ...more });

  for (const name of options.workloads) {
    const workload = workloads[name];
    const told = tell({ workload: name });
    const figures: Parameters<typeof fractionsOf>[1][number][] = [];
    measured.set(name, figures);
    const say = (kind: string, timing: Timing, more: Measurement) => {
      const { gflops, bytes, dispatches } = more;
      figures.push({
        kind,
        ms: timing.ms,
        ...(gflops === undefined ? {} : { gflops: Number(gflops) }),
        bytes: Number(bytes),
        dispatches: Number(dispatches),
      });
      told(kind, timing, more);
    };
    for (const what of options.what) {
      const bench = what === "train" ? benchTraining : benchRollout;
      await bench(gpu, watch, workload, options.n, say);
    }
  }
  if (options.arms) await benchArms(gpu, options.n, tell({}));
  await benchGrowth(gpu, watch, options.growth, Math.min(3, options.n), emit);
  if (!options.limits) return;
  const limits = await measureLimits(gpu, options.n, (timing, more) =>
    emit({ kind: "limits", ...roundedTiming(timing), ...more }),
  );
  for (const [name, figures] of measured) {
    for (const fraction of fractionsOf(name, figures, limits)) emit(fraction);
  }
}
