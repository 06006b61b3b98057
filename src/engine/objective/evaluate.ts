import { storageBuffer, storageBufferOf } from "../gpu/buffers.ts";
import { readBuffer, readFloats } from "../gpu/readback.ts";
import { type AdvantageConfig, createAdvantages, nameRewardMetrics } from "./advantages.ts";
import { nameMetrics } from "./metrics.ts";
import { createObjective } from "./objective.ts";
import type { ObjectiveConfig, ObjectiveScope } from "./settings.ts";

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

export interface ObjectiveResult {
  loss: number;
  /** ∂loss/∂logp. [row][token] */
  dlogp: number[][];
  /** ∂loss/∂entropy. [row][token] */
  dentropy: number[][];
  metrics: Record<string, number>;
  logRatio: number[][];
  tokenRatio: number[][];
  sequenceRatio: number[];
  tokenClipped: number[][];
  sequenceClipped: number[];
  tokenCoefficient: number[][];
  sequenceCoefficient: number[];
  coefficient: number[][];
  /** token, tokenClipped, sequence, sequenceClipped. [kind][bin] */
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
  try {
    objective.configure(config, { ...scope, onPolicy });
    launch(device, objective.run);
    const read = async (buffer: GPUBuffer) => Array.from(await readFloats(device, buffer));
    const words = async (buffer: GPUBuffer) =>
      Array.from(new Uint32Array(await readBuffer(device, buffer)));
    const { outputs } = objective;
    const metrics = nameMetrics(await read(outputs.metrics));
    const histogram = await words(outputs.histogram);
    return {
      loss: metrics.loss!,
      dlogp: nest(await read(outputs.dlogp), K),
      dentropy: nest(await read(outputs.dentropy), K),
      metrics,
      logRatio: nest(await read(outputs.logRatio), K),
      tokenRatio: nest(await read(outputs.tokenRatio), K),
      sequenceRatio: await read(outputs.sequenceRatio),
      tokenClipped: nest(await words(outputs.tokenClipped), K),
      sequenceClipped: await words(outputs.sequenceClipped),
      tokenCoefficient: nest(await read(outputs.tokenCoefficient), K),
      sequenceCoefficient: await read(outputs.sequenceCoefficient),
      coefficient: nest(await read(outputs.coefficient), K),
      histogram: nest(histogram, histogram.length / 4),
    };
  } finally {
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
    return {
      advantage: Array.from(await readFloats(device, advantage)),
      reward: Array.from(await readFloats(device, reward)),
      metrics: nameRewardMetrics(await readFloats(device, metrics), names),
    };
  } finally {
    advantages.destroy();
    input.destroy();
  }
}

function launch(device: GPUDevice, run: (pass: GPUComputePassEncoder) => void): void {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  run(pass);
  pass.end();
  device.queue.submit([encoder.finish()]);
}

const nest = (flat: readonly number[], columns: number): number[][] =>
  Array.from({ length: flat.length / columns }, (_, row) =>
    flat.slice(row * columns, (row + 1) * columns),
  );
