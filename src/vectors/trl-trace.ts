import { trlDefaults } from "../config/schema.ts";
import type { GRPOConfig } from "../config/types.ts";
import { storageBufferOf } from "../engine/gpu/buffers.ts";
import type { GpuContext } from "../engine/gpu/context.ts";
import { readFloats } from "../engine/gpu/readback.ts";
import { learningRate } from "../config/schedules.ts";
import { packParameters, parameterLayout, unpackParameters } from "../engine/policy/parameters.ts";
import { shapeOfConfig } from "../engine/policy/config-json.ts";
import type { PolicyShape } from "../engine/policy/shape.ts";
import { stepMetrics } from "../engine/training/step-metrics.ts";
import type { MicroBatch } from "../engine/training/batch-slots.ts";
import { createUpdate, type UpdateShape } from "../engine/training/update.ts";
import { type OnCase, Tally, type VectorReport } from "./report.ts";

interface TraceBatch {
  prompt_ids: number[][];
  prompt_mask: number[][];
  completion_ids: number[][];
  completion_mask: number[][];
  advantages: number[];
  old_per_token_logps: number[][] | null;
  ref_per_token_logps: number[][] | null;
  num_items_in_batch: number;
  loss: number;
  /** Of a mixture. */
  aux_loss?: number | null;
  optimizer_step: number;
}

interface TraceCase {
  name: string;
  /** The model's config.json; left out: the policy that the file's schema states. */
  model_config?: Record<string, unknown>;
  config: Partial<GRPOConfig> & { router_aux_loss_coef?: number };
  defaults: Partial<GRPOConfig>;
  initial_weights: Record<string, number[]>;
  micro_batches: TraceBatch[];
  logs: Record<string, number>[];
  final_weights: Record<string, number[]>;
}

export interface TraceFile {
  cases: TraceCase[];
}

/** The policy of traces that do not say one, as their file's schema states it. */
const SHAPE: PolicyShape = {
  vocab: 17,
  width: 16,
  hidden: 32,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  rmsNormEps: 1e-5,
  ropeTheta: 10_000,
  tied: false,
  padTokenId: 0,
};

/** The file's tolerances for float32 code. */
const LOSS = 1e-4; // of the run's largest
const GRAD_NORM = 1e-3; // relative
const METRIC = 1e-4; // of the metric's largest in the run
const COSINE = 1e-4; // 1 − cosine of the update

/** Metrics that the update makes; the others come with the rollout, which the traces do not hold. */
const METRICS = /^(entropy|kl|aux_loss|clip_ratio\/.*|cispo_clip_ratio)$/;

/** Whole runs of TRL's `GRPOTrainer`, replayed through the update that trains on the page. */
export async function runTrlTrace(
  gpu: GpuContext,
  file: TraceFile,
  onCase?: OnCase,
): Promise<VectorReport> {
  const tally = new Tally("trl-trace", onCase);
  for (const one of file.cases) await tally.case(one.name, () => replay(gpu, one, tally));
  return tally.report();
}

async function replay(gpu: GpuContext, one: TraceCase, tally: Tally): Promise<void> {
  const config: GRPOConfig = { ...trlDefaults, ...one.defaults, ...one.config };
  const policy = one.model_config ? shapeOfConfig(one.model_config) : SHAPE;
  const layout = parameterLayout(policy);
  const batches = one.micro_batches;
  const widest = (of: (batch: TraceBatch) => number[][]) =>
    Math.max(...batches.map((batch) => of(batch)[0]!.length));
  const accumulation = config.gradient_accumulation_steps;
  const shape: UpdateShape = {
    B: batches[0]!.prompt_ids.length,
    P: widest(({ prompt_ids }) => prompt_ids),
    K: widest(({ completion_ids }) => completion_ids),
    slots: accumulation,
    accumulation,
  };
  const initial = packParameters(layout, one.initial_weights);
  const params = storageBufferOf(gpu.device, "weights", "trace params", initial);
  const update = await createUpdate(
    gpu,
    policy,
    layout,
    shape,
    { params, referenceParams: params },
    "adamw_torch",
  );
  try {
    const losses: number[] = [];
    const auxLosses: number[] = [];
    const { router_aux_loss_coef: coefficient = 0 } = one.config;
    const logs: Record<string, number>[] = [];
    const rates: number[] = [];
    for (let step = 0; step < one.logs.length; step++) {
      const own = batches.filter(({ optimizer_step }) => optimizer_step === step);
      own.forEach((batch, slot) => update.load(slot, microBatch(batch, shape)));
      const rate = learningRate(config, step, config.max_steps);
      update.begin({
        config,
        otherClip: null,
        learningRate: rate,
        step: step + 1,
        stepsPerGeneration: config.steps_per_generation ?? accumulation,
        gradientAccumulationSteps: accumulation,
        histogramRange: 1,
        auxLossCoefficient: coefficient,
      });
      for (let slot = 0; slot < own.length; slot++) update.accumulate(slot);
      const outputs = await update.finish();
      const width = outputs.metrics.length / own.length;
      const share = coefficient / accumulation;
      for (let micro = 0; micro < own.length; micro++) {
        losses.push(outputs.metrics[micro * width]! + share * (outputs.auxLoss?.[micro] ?? 0));
        auxLosses.push(outputs.auxLoss?.[micro] ?? 0);
      }
      logs.push(stepMetrics(outputs, {}, share));
      rates.push(rate);
    }
    const final = unpackParameters(layout, await readFloats(gpu.device, params));
    compare(one, { losses, auxLosses, logs, rates, final }, tally);
  } finally {
    params.destroy();
    update.destroy();
  }
}

function microBatch(batch: TraceBatch, { P, K }: UpdateShape): MicroBatch {
  const left = (rows: number[][]) => rows.map((row) => [...Array(P - row.length).fill(0), ...row]);
  const right = (rows: number[][]) => rows.map((row) => [...row, ...Array(K - row.length).fill(0)]);
  const floats = (rows: number[][]) => Float32Array.from(right(rows).flat());
  const completion = right(batch.completion_ids);
  const prompt = left(batch.prompt_ids);
  return {
    tokens: Uint32Array.from(prompt.flatMap((row, b) => [...row, ...completion[b]!.slice(0, -1)])),
    start: Uint32Array.from(left(batch.prompt_mask), (row) => row.indexOf(1)),
    // A masked row is as long as it may be: its tokens are read, and count for nothing.
    length: Uint32Array.from(batch.completion_mask, (row) => row.lastIndexOf(1) + 1 || row.length),
    targets: Uint32Array.from(completion.flat()),
    mask: Uint32Array.from(right(batch.completion_mask).flat()),
    advantage: Float32Array.from(batch.advantages),
    logpSampled: null,
    logpOld: batch.old_per_token_logps && floats(batch.old_per_token_logps),
    logpRef: batch.ref_per_token_logps && floats(batch.ref_per_token_logps),
    numItemsInBatch: batch.num_items_in_batch,
  };
}

interface Replayed {
  losses: number[];
  auxLosses: number[];
  logs: Record<string, number>[];
  rates: number[];
  final: Record<string, Float32Array>;
}

function compare(one: TraceCase, replayed: Replayed, tally: Tally): void {
  const { losses, auxLosses, logs, rates, final } = replayed;
  const largest = (values: readonly number[]) => Math.max(...values.map(Math.abs), 1e-30);
  const expected = one.micro_batches.map(({ loss }) => loss);
  const off = (actual: number, wanted: number, scale: number) => Math.abs(actual - wanted) / scale;
  const check = (quantity: string, actual: number[], wanted: number[], allowed: number) => {
    const scale = largest(wanted);
    actual.forEach((value, i) => tally.check(quantity, off(value, wanted[i]!, scale), allowed));
  };
  check("loss", losses, expected, LOSS);
  const known = one.micro_batches.flatMap(({ aux_loss }, micro) =>
    aux_loss ? [{ aux_loss, micro }] : [],
  );
  check(
    "aux loss of micro-batches",
    known.map(({ micro }) => auxLosses[micro]!),
    known.map(({ aux_loss }) => aux_loss),
    METRIC,
  );
  check(
    "logged loss",
    logs.map(({ loss }) => loss!),
    one.logs.map(({ loss }) => loss!),
    LOSS,
  );
  one.logs.forEach((log, step) => {
    const norm = log.grad_norm!;
    // A batch of nothing but masked rows has a norm of exactly 0.
    tally.check("grad_norm", off(logs[step]!.grad_norm!, norm, norm || 1), GRAD_NORM);
    const rate = one.defaults.learning_rate!;
    tally.check("learning_rate", off(rates[step]!, log.learning_rate!, rate), 1e-9);
  });
  for (const name of Object.keys(one.logs[0]!).filter((key) => METRICS.test(key))) {
    const wanted = one.logs.map((log) => log[name]!);
    const scale = Math.max(largest(wanted), 1e-3);
    logs.forEach((log, step) => tally.check(name, off(log[name]!, wanted[step]!, scale), METRIC));
  }
  tally.check("weights, 1 − cosine of the update", 1 - cosine(one, final), COSINE);
}

/** Between our update and TRL's, final − initial over all weights. */
function cosine({ initial_weights, final_weights }: TraceCase, final: Replayed["final"]): number {
  let [dot, own, theirs] = [0, 0, 0];
  for (const [name, start] of Object.entries(initial_weights)) {
    start.forEach((value, i) => {
      const a = final[name]![i]! - value;
      const b = final_weights[name]![i]! - value;
      [dot, own, theirs] = [dot + a * b, own + a * a, theirs + b * b];
    });
  }
  return dot / Math.sqrt(own * theirs);
}
