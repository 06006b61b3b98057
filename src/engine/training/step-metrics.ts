import type { ScoredRollout } from "./scored-rollout.ts";
import { combined, microValues, OBJECTIVE_METRICS } from "../../record/metric-rules.ts";
import type { MetricName } from "../../record/metrics.ts";
import type { StepOutputs } from "./step-outputs.ts";

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The metrics of one optimizer step under TRL's names. TRL: `GRPOTrainer.log`. */
export function stepMetrics(
  { metrics, gradNorm }: Pick<StepOutputs, "metrics" | "gradNorm">,
  others: Readonly<Record<string, number>>,
): Record<string, number> {
  const ours = OBJECTIVE_METRICS.map(
    (name) => [name, combined(name, "micro", microValues(name, metrics))] as const,
  );
  return { ...Object.fromEntries(ours), ...others, grad_norm: gradNorm };
}

/** What TRL logs of a rollout's lengths and truncation. */
export function completionMetrics({
  length,
  truncated,
}: ScoredRollout): Record<Extract<MetricName, `completions/${string}`>, number> {
  const lengths = Array.from(length);
  const terminated = lengths.filter((_, row) => truncated[row] === 0);
  return {
    "completions/mean_length": mean(lengths),
    "completions/min_length": Math.min(...lengths),
    "completions/max_length": Math.max(...lengths),
    "completions/clipped_ratio": 1 - terminated.length / lengths.length,
    "completions/mean_terminated_length": terminated.length === 0 ? 0 : mean(terminated),
    "completions/min_terminated_length": terminated.length === 0 ? 0 : Math.min(...terminated),
    "completions/max_terminated_length": terminated.length === 0 ? 0 : Math.max(...terminated),
  };
}
