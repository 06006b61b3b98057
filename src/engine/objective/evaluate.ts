import { HISTOGRAMS, type QuantityWith } from "../../record/fields.ts";
import { nameMetrics, OBJECTIVE_METRICS } from "../../record/metric-rules.ts";
import { arrayOn, entriesOf, rowOf } from "../../record/quantities.ts";
import { storageBuffer, storageBufferOf } from "../gpu/buffers.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { readFloats } from "../gpu/readback.ts";
import { type Source, Staging } from "../gpu/staging.ts";
import { type AdvantageConfig, createAdvantages, nameRewardMetrics } from "./advantages.ts";
import { checkBatch } from "./check-batch.ts";
import { createObjective, OBJECTIVE_QUANTITIES, type ObjectiveQuantity } from "./objective.ts";
import type { ObjectiveConfig, ObjectiveScope } from "./settings.ts";
import { HISTOGRAM_BINS } from "./statistics.ts";

/**
 * One micro-batch as nested arrays, [row][token] of (B, K), log-probs in nats; where `mask` is 0 the
 * values are ignored.
 */
export interface ObjectiveBatch {
  /** log π of each token under the present weights. */
  logp: readonly (readonly number[])[];
  /** The same under the weights that sampled. Absent: on-policy, every ratio is 1. */
  logpOld?: readonly (readonly number[])[] | null;
  /** The same under the reference. Needed when beta is not 0. */
  logpRef?: readonly (readonly number[])[] | null;
  /** Of the distribution that the token was drawn from, nats. Absent: 0 everywhere. */
  entropy?: readonly (readonly number[])[] | null;
  /** The sampler's own log-probs. Absent: nothing is measured against them. */
  logpSampled?: readonly (readonly number[])[] | null;
  /** TRL's `importance_sampling_ratio`, a factor of each token's loss. Absent: 1. */
  samplingRatio?: readonly (readonly number[])[] | null;
  /** 1 where the token counts, 0 elsewhere. */
  mask: readonly (readonly number[])[];
  /** Â of each row. (B) */
  advantage: readonly number[];
}

/** What the kernels write of a record, [row][token] or [row]. */
export type ObjectiveQuantities = {
  [N in ObjectiveQuantity]: N extends QuantityWith<{ per: "token" }> ? number[][] : number[];
};

/** What the objective makes of a micro-batch, in float32. */
export interface ObjectiveResult extends ObjectiveQuantities {
  /** To be minimised, as TRL's `compute_loss` returns it. */
  loss: number;
  /** ∂loss/∂logp. [row][token] */
  dlogp: number[][];
  /** ∂loss/∂entropy. [row][token] */
  dentropy: number[][];
  /** TRL's names, then `ratio/…` and others of ours; NaN where the configuration has no such term. */
  metrics: Record<string, number>;
  /** Counts of log-ratios in equal bins over ±`histogramRange`, as HISTOGRAMS has them. [kind][bin] */
  histogram: number[][];
}

/**
 * The objective of one micro-batch on the GPU, by the kernels that train: TRL 1.13's
 * `GRPOTrainer._compute_loss` and its derivatives. Both levels are evaluated; the one that
 * `config.importance_sampling_level` names is in the loss. Throws a UserError for a batch whose
 * parts do not fit together.
 */
export async function evaluateObjective(
  device: GPUDevice,
  {
    config,
    batch,
    scope,
  }: { config: ObjectiveConfig; batch: ObjectiveBatch; scope: ObjectiveScope },
): Promise<ObjectiveResult> {
  checkBatch(batch, config);
  const B = batch.mask.length;
  const K = batch.mask[0]!.length;
  const owned: GPUBuffer[] = [];
  const own = (buffer: GPUBuffer): GPUBuffer => {
    owned.push(buffer);
    return buffer;
  };
  const floats = (label: string, values: readonly (readonly number[])[]) =>
    own(storageBufferOf(device, "batch", label, Float32Array.from(values.flat())));
  const optional = (label: string, values?: readonly (readonly number[])[] | null) =>
    values ? floats(label, values) : null;
  const empty = (label: string) => own(storageBuffer(device, "batch", label, B * K));

  const onPolicy = scope.onPolicy || !batch.logpOld;
  const objective = await createObjective(
    device,
    { B, K },
    {
      logp: floats("logp", batch.logp),
      logpOld: optional("logpOld", batch.logpOld) ?? empty("logpOld"),
      logpRef: optional("logpRef", batch.logpRef),
      entropy: optional("entropy", batch.entropy) ?? empty("entropy"),
      logpSampled: optional("logpSampled", batch.logpSampled),
      samplingRatio: optional("samplingRatio", batch.samplingRatio),
      mask: own(storageBufferOf(device, "batch", "mask", Uint32Array.from(batch.mask.flat()))),
      advantage: own(
        storageBufferOf(device, "batch", "advantage", Float32Array.from(batch.advantage)),
      ),
      dlogp: empty("dlogp"),
      dentropy: empty("dentropy"),
    },
  );
  const { outputs } = objective;
  const part = (buffer: GPUBuffer, length: number) => ({ buffer, length });
  const shape = { rows: B, columns: K };
  const views = Object.fromEntries(
    OBJECTIVE_QUANTITIES.map((name) => [name, part(outputs[name], entriesOf(name, shape))]),
  ) as Record<ObjectiveQuantity, Source>;
  const staging = new Staging(
    device,
    {
      dlogp: part(outputs.dlogp, B * K),
      dentropy: part(outputs.dentropy, B * K),
      metrics: part(outputs.metrics, OBJECTIVE_METRICS.length),
      ...views,
      histogram: part(outputs.histogram, HISTOGRAMS.length * HISTOGRAM_BINS),
    },
    1,
  );
  try {
    objective.configure(config, { ...scope, onPolicy });
    launch(device, objective.run, (encoder) => staging.copy(encoder, 0));
    const read = await staging.read();
    const values = (bytes: ArrayBuffer) => Array.from(new Float32Array(bytes));
    const words = (bytes: ArrayBuffer) => Array.from(new Uint32Array(bytes));
    const metrics = nameMetrics(values(read.metrics));
    const written = Object.fromEntries(
      OBJECTIVE_QUANTITIES.map((name) => {
        const flat = Array.from(arrayOn(name, read[name]));
        return [name, rowOf(name).per === "token" ? nest(flat, K) : flat];
      }),
    ) as ObjectiveQuantities;
    return {
      loss: metrics.loss!,
      dlogp: nest(values(read.dlogp), K),
      dentropy: nest(values(read.dentropy), K),
      metrics,
      ...written,
      histogram: nest(words(read.histogram), HISTOGRAM_BINS),
    };
  } finally {
    staging.destroy();
    objective.destroy();
    owned.forEach((buffer) => buffer.destroy());
  }
}

/** What the rewards of a generation batch of N completions come to. */
export interface AdvantageResult {
  /** Â. (N) */
  advantage: number[];
  /** Weighted sum of the functions; NaN where none said anything. (N) */
  reward: number[];
  /** `reward`, `reward_std`, `frac_reward_zero_std`, `rewards/{name}/mean`, `rewards/{name}/std`. */
  metrics: Record<string, number>;
}

/**
 * The advantages of a generation batch on the GPU, as in TRL 1.13's
 * `_generate_and_score_completions`; `rewards[row][function]`, null for nothing said. Consecutive
 * runs of `num_generations` rows are groups. Throws a UserError where they are not whole, and where
 * `reward_weights` are not one per function.
 */
export async function evaluateAdvantages(
  device: GPUDevice,
  {
    config,
    rewards,
    names,
  }: {
    config: AdvantageConfig;
    rewards: readonly (readonly (number | null)[])[];
    names: readonly string[];
  },
): Promise<AdvantageResult> {
  const shape = { N: rewards.length, F: names.length };
  const values = Float32Array.from(rewards.flat(), (value) => value ?? NaN);
  const input = storageBufferOf(device, "batch", "rewards", values);
  const advantages = await createAdvantages(device, shape, { rewards: input });
  try {
    advantages.configure(config);
    launch(device, advantages.run);
    const { advantage, reward, metrics } = advantages.outputs;
    const [values, sums, slots] = await Promise.all(
      [advantage, reward, metrics].map((buffer) => readFloats(device, buffer)),
    );
    return {
      advantage: Array.from(values!),
      reward: Array.from(sums!),
      metrics: nameRewardMetrics(slots!, names),
    };
  } finally {
    advantages.destroy();
    input.destroy();
  }
}

function launch(
  device: GPUDevice,
  run: Dispatch,
  copy: (encoder: GPUCommandEncoder) => void = () => {},
): void {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  run(pass);
  pass.end();
  copy(encoder);
  device.queue.submit([encoder.finish()]);
}

const nest = (flat: readonly number[], columns: number): number[][] =>
  Array.from({ length: flat.length / columns }, (_, row) =>
    flat.slice(row * columns, (row + 1) * columns),
  );
