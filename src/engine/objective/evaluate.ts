import { HISTOGRAMS, type QuantityWith } from "../../record/fields.ts";
import { nameMetrics, OBJECTIVE_METRICS } from "../../record/metric-rules.ts";
import { arrayOn, entriesOf, rowOf } from "../../record/quantities.ts";
import { storageBuffer, storageBufferOf } from "../gpu/buffers.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { readFloats } from "../gpu/readback.ts";
import { type Source, Staging } from "../gpu/staging.ts";
import { type AdvantageConfig, createAdvantages, nameRewardMetrics } from "./advantages.ts";
import { createObjective, OBJECTIVE_QUANTITIES, type ObjectiveQuantity } from "./objective.ts";
import type { ObjectiveConfig, ObjectiveScope } from "./settings.ts";
import { HISTOGRAM_BINS } from "./statistics.ts";

/** One micro-batch as nested arrays, [row][token]; where `mask` is 0 the values are ignored. */
export interface ObjectiveBatch {
  logp: readonly (readonly number[])[];
  /** Absent: on-policy, every ratio is 1. */
  logpOld?: readonly (readonly number[])[] | null;
  /** Needed when beta is not 0. */
  logpRef?: readonly (readonly number[])[] | null;
  /** Absent: 0 everywhere. */
  entropy?: readonly (readonly number[])[] | null;
  logpSampled?: readonly (readonly number[])[] | null;
  /** TRL's `importance_sampling_ratio`. */
  samplingRatio?: readonly (readonly number[])[] | null;
  /** 1 where the token counts. */
  mask: readonly (readonly number[])[];
  /** Â of each row. */
  advantage: readonly number[];
}

/** What the kernels write of a record, [row][token] or [row]. */
type Written = {
  [N in ObjectiveQuantity]: N extends QuantityWith<{ per: "token" }> ? number[][] : number[];
};

export interface ObjectiveResult extends Written {
  loss: number;
  /** ∂loss/∂logp. [row][token] */
  dlogp: number[][];
  /** ∂loss/∂entropy. [row][token] */
  dentropy: number[][];
  metrics: Record<string, number>;
  /** As HISTOGRAMS has them. [kind][bin] */
  histogram: number[][];
}

/** The objective of one micro-batch on the GPU, by the kernels that train. */
export async function evaluateObjective(
  device: GPUDevice,
  {
    config,
    batch,
    scope,
  }: { config: ObjectiveConfig; batch: ObjectiveBatch; scope: ObjectiveScope },
): Promise<ObjectiveResult> {
  const B = batch.mask.length;
  const K = batch.mask[0]!.length;
  const owned: GPUBuffer[] = [];
  const own = (buffer: GPUBuffer): GPUBuffer => {
    owned.push(buffer);
    return buffer;
  };
  const floats = (label: string, values: readonly (readonly number[])[]) =>
    own(storageBufferOf(device, label, Float32Array.from(values.flat())));
  const optional = (label: string, values?: readonly (readonly number[])[] | null) =>
    values ? floats(label, values) : null;
  const empty = (label: string) => own(storageBuffer(device, label, B * K));

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
      mask: own(storageBufferOf(device, "mask", Uint32Array.from(batch.mask.flat()))),
      advantage: own(storageBufferOf(device, "advantage", Float32Array.from(batch.advantage))),
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
    ) as Written;
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

export interface AdvantageResult {
  advantage: number[];
  reward: number[];
  metrics: Record<string, number>;
}

/** The advantages of a generation batch on the GPU; `rewards[row][function]`, null for nothing said. */
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
  const input = storageBufferOf(device, "rewards", values);
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
