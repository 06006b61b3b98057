import type { ScoredRollout } from "./scored-rollout.ts";
import { combined, microValues, OBJECTIVE_METRICS } from "../../record/metric-rules.ts";
import type { MetricName } from "../../record/metrics.ts";
import type { StepOutputs } from "./step-outputs.ts";
import type { StepSettings } from "./step-settings.ts";

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** What the load-balancing loss counts in each micro-batch's loss. TRL: divided as the loss is. */
export const auxShare = ({
  auxLossCoefficient = 0,
  gradientAccumulationSteps,
}: Pick<StepSettings, "auxLossCoefficient" | "gradientAccumulationSteps">): number =>
  auxLossCoefficient / gradientAccumulationSteps;

/**
 * The metrics of one optimizer step under TRL's names; `share`: see auxShare. TRL: `GRPOTrainer.log`.
 */
export function stepMetrics(
  {
    metrics,
    auxLoss,
    flipped,
    gradNorm,
  }: Pick<StepOutputs, "metrics" | "auxLoss" | "flipped" | "gradNorm">,
  others: Readonly<Record<string, number>>,
  share = 0,
): Record<string, number> {
  const ours = OBJECTIVE_METRICS.map(
    (name) => [name, combined(name, "micro", microValues(name, metrics))] as const,
  );
  const made: Record<string, number> = { ...Object.fromEntries(ours), ...others };
  if (auxLoss) {
    made.loss! += share * auxLoss.reduce((sum, value) => sum + value, 0);
    made.aux_loss = mean([...auxLoss]);
  }
  if (flipped !== null) made["router/flipped"] = flipped;
  return { ...made, grad_norm: gradNorm };
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
