import { entropyQuantile } from "../../record/entropy-quantile.ts";
import type { LogMicroBatch } from "./log-row.ts";
import type { LogStep } from "./log-steps.ts";
import { byPlace } from "./log-metrics.ts";

/**
 * Least entropy that `top_entropy_quantile` keeps in a micro-batch. TRL takes the quantile over what
 * all processes have of one micro-batch; undefined where there is one process, whose kernel finds it.
 */
export function entropyFloors({
  batches,
  processes,
  config: { top_entropy_quantile: share },
}: LogStep): (batch: LogMicroBatch) => { entropyFloor?: number } {
  if (processes === 1 || share >= 1) return () => ({});
  const floors = new Map(
    byPlace(batches, ({ process }) => process).flatMap((together) => {
      const entropyFloor = entropyQuantile(
        Float32Array.from(together.flatMap(({ rows }) => rows).flatMap(counted)),
        1 - share,
      );
      return together.map((batch) => [batch, { entropyFloor }] as const);
    }),
  );
  return (batch) => floors.get(batch) ?? {};
}

const counted = ({ entropies, completion_mask: mask }: LogMicroBatch["rows"][number]): number[] =>
  (entropies ?? []).filter((_, t) => mask === null || mask[t] === 1);
