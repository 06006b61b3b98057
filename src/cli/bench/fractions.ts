import type { Limits } from "./limits.ts";
import { digits, type Measurement } from "./measurement.ts";
import type { WorkloadName } from "./workloads.ts";

/** What of a measurement can be held against a limit. */
interface Measured {
  kind: string;
  ms: number;
  gflops?: number;
  bytes: number;
  dispatches: number;
}

/**
 * Each figure of a workload as a fraction of what this adapter can do: arithmetic against
 * multiply-adds in registers and against our own bare matrix product at the workload's rows and
 * width, bytes against the copy kernel, dispatches against their fixed cost.
 */
export function fractionsOf(
  workload: WorkloadName,
  measured: readonly Measured[],
  limits: Limits,
): Measurement[] {
  const step = measured.find(({ kind }) => kind === "train");
  return measured.map(({ kind, ms, gflops, bytes, dispatches }) => ({
    workload,
    kind: "fraction",
    of: kind,
    ...(gflops === undefined
      ? {}
      : {
          of_multiply_add: digits(gflops / limits.multiplyAdd),
          of_linear: digits(gflops / limits.linear[workload]),
        }),
    of_copy: digits(bytes / ms / 1e6 / limits.copy),
    dispatch_share: digits((dispatches * limits.dispatchUs) / 1e3 / ms),
    ...(kind === "objective" && step ? { of_step: digits(ms / step.ms) } : {}),
  }));
}
