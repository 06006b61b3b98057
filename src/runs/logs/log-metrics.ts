import type { GRPOConfig } from "../../config/types.ts";
import { metricOf, OBJECTIVE_METRICS } from "../../record/metric-rules.ts";
import { stepMetrics } from "../../engine/training/step-metrics.ts";
import type { LogMicroBatch } from "./log-row.ts";
import { groupBy } from "../../base/group-by.ts";
import type { LogStep } from "./log-steps.ts";

type Metrics = Readonly<Record<string, number>>;

/** A micro-batch of one process: how much it counts in means over rows and over tokens. */
interface Share {
  process: number;
  metrics: Metrics;
  rows: number;
  tokens: number;
}

/**
 * The metrics of a step from those of its micro-batches. TRL takes together what the processes have
 * of one micro-batch, each token or row as much as any other, and averages over the accumulation
 * window; losses add up over the window, and processes average theirs.
 */
export function metricsOfStep(
  { batches }: Pick<LogStep, "batches">,
  micro: readonly Metrics[],
  config: Pick<GRPOConfig, "importance_sampling_level">,
): Record<string, number> {
  const shares = batches.map((batch, i) => ({ ...shareOf(batch), metrics: micro[i]! }));
  const joined = byPlace(shares, ({ process }) => process).map((together) =>
    acrossProcesses(together, config),
  );
  const slots = Float32Array.from(joined.flat());
  const { grad_norm: _, ...metrics } = stepMetrics(
    { metrics: slots, auxLoss: null, flipped: null, gradNorm: NaN },
    {},
  );
  return metrics;
}

/** What the processes have of each micro-batch of a step: the first of each, the second, … */
export function byPlace<T>(all: readonly T[], processOf: (one: T) => number): T[][] {
  const byProcess = [...groupBy(all, processOf).values()];
  const window = Math.max(...byProcess.map(({ length }) => length));
  return Array.from({ length: window }, (_, i) => byProcess.flatMap((own) => own[i] ?? []));
}

const shareOf = ({ process, rows }: LogMicroBatch): Omit<Share, "metrics"> => ({
  process,
  rows: rows.length,
  tokens: rows.reduce(
    (sum, { completion_ids: ids, completion_mask: mask }) =>
      sum + (mask === null ? ids.length : mask.reduce((counted, each) => counted + each, 0)),
    0,
  ),
});

/** In the order of OBJECTIVE_METRICS. */
function acrossProcesses(
  shares: readonly Share[],
  config: Pick<GRPOConfig, "importance_sampling_level">,
): number[] {
  return OBJECTIVE_METRICS.map((name) => {
    const values = shares.map(({ metrics }) => metrics[name] ?? NaN);
    if (values.length === 1) return values[0]!;
    const { processes } = metricOf(name);
    // A row without a token that counts has no share of clipped ones, and others may have.
    const known = values.filter((value) => !Number.isNaN(value));
    if (processes === "min") return known.length === 0 ? NaN : Math.min(...known);
    if (processes === "max") return known.length === 0 ? NaN : Math.max(...known);
    const ofTokens =
      processes === "tokens" ||
      (processes === "driving" && config.importance_sampling_level !== "sequence");
    const weights = shares.map(({ rows, tokens }) => (ofTokens ? tokens : rows));
    // Where no process has a token that counts, TRL divides 0 by 1.
    const total = Math.max(
      1,
      weights.reduce((sum, weight) => sum + weight, 0),
    );
    return values.reduce((sum, value, i) => sum + (value * weights[i]!) / total, 0);
  });
}

/** A metric of the trainer's that is compared with what its log gives, and how far they are apart. */
export interface Agreement {
  steps: number;
  /** The step at which they are farthest apart. */
  worst: { step: number; logged: number; computed: number } | null;
}

/**
 * How the losses that the trainer logged compare with those that its log gives. A line of the
 * trainer's is a mean over the steps since its last one; where a step of those is missing from the
 * log, nothing is compared.
 */
export function agreementOf(
  steps: readonly { step: number; logged: Metrics | null; loss: number }[],
): Agreement {
  const agreement: Agreement = { steps: 0, worst: null };
  let since: number[] = [];
  let next: number | null = null;
  for (const { step, logged, loss } of steps) {
    if (next !== null && step !== next) since = [NaN];
    next = step + 1;
    since.push(loss);
    const own = logged?.loss;
    if (own === undefined) continue;
    const computed = since.reduce((sum, value) => sum + value, 0) / since.length;
    since = [];
    if (Number.isNaN(computed) || Number.isNaN(own)) continue;
    agreement.steps++;
    const { worst } = agreement;
    if (worst === null || apart(own, computed) > apart(worst.logged, worst.computed)) {
      agreement.worst = { step, logged: own, computed };
    }
  }
  return agreement;
}

const apart = (a: number, b: number): number => Math.abs(a - b);

/** Releases before transformers 5 round the loss to four digits. */
const AGREES = 1e-4;

/** What a person is told of it; null: the trainer logged no loss. */
export function sayAgreement({ steps, worst }: Agreement): string | null {
  if (worst === null) return null;
  const far = apart(worst.logged, worst.computed);
  const where = `at step ${worst.step} it logged ${show(worst.logged)}, and these log-probs give ${show(worst.computed)}`;
  if (far <= AGREES * Math.max(1, Math.abs(worst.logged))) {
    return `The loss is the trainer's own at ${steps === 1 ? "the step" : `all ${steps} steps`} that it logged${far === 0 ? "" : `, to ${far.toExponential(0)}`}.`;
  }
  return `The loss differs from the trainer's own: ${where}. Something in its loss is not in the log.`;
}

const show = (value: number): string => String(Number(value.toPrecision(5)));
