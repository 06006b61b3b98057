import type { GRPOConfig } from "../config/types.ts";
import { OBJECTIVE_METRICS } from "../record/metric-rules.ts";
import { storageBuffer, storageBufferOf } from "../engine/gpu/buffers.ts";
import { readFloats } from "../engine/gpu/readback.ts";
import {
  logProbBackward,
  logProbForward,
  logProbParams,
  setTemperature,
} from "../engine/layers/log-prob.ts";
import {
  evaluateAdvantages,
  evaluateObjective,
  type ObjectiveBatch,
  type ObjectiveResult,
} from "../engine/objective/evaluate.ts";
import { OBJECTIVE_DEFAULTS, type ObjectiveConfig } from "../engine/objective/settings.ts";
import { packBatch } from "../engine/policy/packed-batch.ts";
import { distance, type Matrix, nest, widen, zeros } from "./matrix.ts";
import { type OnCase, relativeError, Tally, type VectorReport } from "./report.ts";
import { submit } from "./submit.ts";

interface Batch {
  mask: Matrix;
  tool_mask?: Matrix;
  new_logps: Matrix;
  old_logps: Matrix;
  ref_logps: Matrix;
  entropies: Matrix;
}

interface CaseConfig extends Partial<ObjectiveConfig> {
  max_completion_length: number;
  gradient_accumulation_steps: number;
  steps_per_generation: number;
  num_items_in_batch: number;
  on_policy?: boolean;
  use_is_correction?: boolean;
  /** (B, K) or (B, 1). */
  importance_sampling_ratio?: Matrix;
}

type Metrics = Record<string, number | null>;

interface LossCase {
  id: string;
  batch: string;
  config: CaseConfig;
  advantages: number[];
  expected: {
    loss: number;
    grad_new_logps: Matrix;
    grad_entropies?: Matrix;
    metrics: Metrics;
    seq_log_ratio?: number[];
  };
}

interface AdvantageCase {
  id: string;
  num_generations: number;
  scale_rewards: GRPOConfig["scale_rewards"];
  multi_objective_aggregation: GRPOConfig["multi_objective_aggregation"];
  rewards_per_func: (number | null)[][];
  reward_weights: number[];
  expected: { advantages: number[]; metrics: Metrics };
}

interface LogitsCase {
  id: string;
  V: number;
  temperature: number;
  config: CaseConfig;
  logits: number[][][];
  token_ids: Matrix;
  mask: Matrix;
  old_logps: Matrix;
  ref_logps: Matrix;
  advantages: number[];
  expected: {
    new_logps: Matrix;
    entropies: Matrix;
    loss: number;
    grad_logits: number[][][];
    metrics: Metrics;
  };
}

export interface TrlLossFile {
  batches: Record<string, Batch>;
  cases: LossCase[];
  advantage_cases: AdvantageCase[];
  logits_cases: LogitsCase[];
}

/**
 * Of the largest magnitude in the case, per quantity. It holds for the log-ratios of ±12 too: f32
 * keeps a log-prob of 12 to 5e-7 and WGSL's exp(12) to 27 units in the last place, so that the
 * ratio of 162,755 is off by less than 5e-6 of itself, and everything else in such a case is
 * smaller.
 */
const ALLOWED = 1e-4;

/** TRL 1.13.0's loss, gradients, metrics and advantages against the kernels that train. */
export async function runTrlLoss(
  device: GPUDevice,
  file: TrlLossFile,
  onCase?: OnCase,
): Promise<VectorReport> {
  const tally = new Tally("trl-loss", onCase);
  // One width for all, so that the kernels are compiled once; what is added is masked and NaN.
  const width = Math.max(...Object.values(file.batches).map(({ mask }) => mask[0]!.length)) + 1;
  for (const one of file.cases) {
    await tally.case(one.id, () => lossCase(device, tally, one, file.batches[one.batch]!, width));
  }
  for (const one of file.advantage_cases) {
    await tally.case(one.id, () => advantageCase(device, tally, one));
  }
  for (const one of file.logits_cases) {
    await tally.case(one.id, () => logitsCase(device, tally, one));
  }
  return tally.report();
}

async function lossCase(
  device: GPUDevice,
  tally: Tally,
  one: LossCase,
  batch: Batch,
  width: number,
) {
  const { expected } = one;
  const mask = batch.mask.map((row, b) => row.map((m, t) => m * (batch.tool_mask?.[b]?.[t] ?? 1)));
  const ratio = spread(one.config.importance_sampling_ratio, mask, one.config.loss_type);
  const actual = await evaluateCase(device, one.config, one.advantages, {
    logp: widen(batch.new_logps, width),
    logpOld: one.config.on_policy ? null : widen(batch.old_logps, width),
    logpRef: widen(batch.ref_logps, width),
    entropy: widen(batch.entropies, width),
    samplingRatio: ratio && widen(ratio, width, 1),
    mask: widen(mask, width, 0),
  });
  const gradient = widen(expected.grad_new_logps, width, 0);
  tally.check("gradient", distance(actual.dlogp, gradient), ALLOWED);
  if (expected.grad_entropies) {
    const ofEntropy = widen(expected.grad_entropies, width, 0);
    tally.check("gradient of entropy", distance(actual.dentropy, ofEntropy), ALLOWED);
  }
  if (expected.seq_log_ratio) {
    const ratios = expected.seq_log_ratio.map(Math.exp);
    tally.check("sequence ratio", relativeError(actual.sequenceRatio, ratios), ALLOWED);
  }
  checkLoss(tally, actual, expected.loss, expected.grad_new_logps);
  checkMetrics(tally, actual, expected.metrics);
}

async function advantageCase(device: GPUDevice, tally: Tally, one: AdvantageCase) {
  const names = one.reward_weights.map((_, f) => `func_${f}`);
  const actual = await evaluateAdvantages(device, {
    config: one,
    rewards: one.rewards_per_func,
    names,
  });
  tally.check("advantages", relativeError(actual.advantage, one.expected.advantages), ALLOWED);
  for (const [name, value] of Object.entries(one.expected.metrics)) {
    tally.check(`metric ${name}`, metricError(actual.metrics[name], value), ALLOWED);
  }
}

/** From logits on: the log-prob kernels of the policy, the objective, and back. */
async function logitsCase(device: GPUDevice, tally: Tally, one: LogitsCase) {
  const { expected, V } = one;
  const K = one.mask[0]!.length;
  const R = one.mask.length * K;
  const width = Math.ceil(V / 4) * 4;
  const owned: GPUBuffer[] = [];
  const own = (buffer: GPUBuffer) => (owned.push(buffer), buffer);
  const floats = (label: string, values: number[]) =>
    own(storageBufferOf(device, "batch", label, Float32Array.from(values)));
  const empty = (label: string, length: number) =>
    own(storageBuffer(device, "batch", label, length));
  const padded = one.logits.flat().flatMap((row) => [...row, ...zeros(width - V)]);

  const whole = { tokens: new Uint32Array(R), start: new Uint32Array(R / K), end: null };
  const shape = { B: R / K, K, V };
  const { spans } = packBatch({ B: R / K, T: K, head: 0 }, whole);
  const params = own(logProbParams(device, shape));
  setTemperature(device, params, shape, one.temperature);
  const shared = {
    logits: floats("logits", padded),
    targets: own(
      storageBufferOf(device, "batch", "targets", Uint32Array.from(one.token_ids.flat())),
    ),
    entropy: empty("entropy", R),
    stats: empty("stats", 2 * R),
    spans: own(storageBufferOf(device, "batch", "spans", spans)),
    params,
  };
  const logp = empty("logp", R);
  const dlogits = empty("dlogits", R * width);
  try {
    const forward = (await logProbForward(device, shape))({ ...shared, logp });
    submit(device, forward);
    const values = nest(await readFloats(device, logp), K);
    const entropy = nest(await readFloats(device, shared.entropy), K);
    const actual = await evaluateCase(device, one.config, one.advantages, {
      logp: values,
      logpOld: one.old_logps,
      logpRef: one.ref_logps,
      entropy,
      mask: one.mask,
    });
    const gradients = {
      dlogp: floats("dlogp", actual.dlogp.flat()),
      dentropy: floats("dentropy", actual.dentropy.flat()),
    };
    const backward = await logProbBackward(device, shape);
    submit(device, backward({ ...shared, ...gradients, dlogits }));
    const grad = nest(await readFloats(device, dlogits), width).map((row) => row.slice(0, V));

    tally.check("log-probs", distance(values, expected.new_logps), ALLOWED);
    tally.check("entropies", distance(entropy, expected.entropies), ALLOWED);
    tally.check("gradient of logits", distance(grad, expected.grad_logits.flat()), ALLOWED);
    checkLoss(tally, actual, expected.loss, expected.grad_logits.flat());
    checkMetrics(tally, actual, expected.metrics);
  } finally {
    owned.forEach((buffer) => buffer.destroy());
  }
}

function evaluateCase(
  device: GPUDevice,
  config: CaseConfig,
  advantage: number[],
  batch: Omit<ObjectiveBatch, "advantage">,
): Promise<ObjectiveResult> {
  return evaluateObjective(device, {
    // The file's cases are without the correction unless they give it, whatever TRL's default.
    config: { ...OBJECTIVE_DEFAULTS, use_bias_correction_kl: false, ...config },
    batch: { ...batch, advantage },
    scope: {
      gradientAccumulationSteps: config.gradient_accumulation_steps,
      stepsPerGeneration: config.steps_per_generation,
      numItemsInBatch: config.num_items_in_batch,
      maxCompletionLength: config.max_completion_length,
      histogramRange: 1,
    },
  });
}

/**
 * One value a row becomes one a token. vespo adds up the logarithms over the width, so there the
 * value stands once and the others are 1.
 */
function spread(ratio: Matrix | undefined, mask: Matrix, lossType?: string): Matrix | null {
  if (!ratio) return null;
  return ratio.map((row, b) =>
    mask[b]!.map((_, t) =>
      row.length > 1 ? row[t]! : lossType === "vespo" && t > 0 ? 1 : row[0]!,
    ),
  );
}

/**
 * The loss is a sum of terms that cancel, as a group's advantages do: near ratio 1 it is far
 * smaller than any of them, and f32 has rounded the terms. It is held against the larger of itself
 * and the largest gradient, which is of the size of one term.
 */
function checkLoss(tally: Tally, actual: ObjectiveResult, loss: number, gradient: Matrix) {
  const scale = Math.max(Math.abs(loss), ...gradient.flat().map(Math.abs), Number.MIN_VALUE);
  tally.check("loss", Math.abs(actual.loss - loss) / scale, ALLOWED);
  tally.check("nonfinite", actual.metrics.nonfinite!, 0);
}

/** Every metric TRL logs, and none that it does not. */
function checkMetrics(tally: Tally, { metrics }: ObjectiveResult, expected: Metrics) {
  for (const name of OBJECTIVE_METRICS) {
    if (OURS.test(name)) continue;
    if (name in expected) {
      tally.check(`metric ${name}`, metricError(metrics[name], expected[name]), ALLOWED);
    } else if (!Number.isNaN(metrics[name])) {
      tally.check(`metric ${name} where TRL has none`, 1, 0);
    }
  }
  const missing = Object.keys(expected).filter((name) => !OBJECTIVE_METRICS.includes(name));
  if (missing.length > 0) throw new Error(`no metric ${missing.join(", ")}`);
}

/** `loss` is checked as such; the rest TRL does not log. */
const OURS = /^(loss|ratio\/.*|entropy_bonus\/.*|nonfinite)$/;

function metricError(actual: number | undefined, expected: number | null | undefined): number {
  if (expected === null) return Number.isNaN(actual) ? 0 : Infinity;
  return relativeError([actual ?? NaN], [expected ?? NaN]);
}
