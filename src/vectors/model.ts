import { storageBuffer, storageBufferOf } from "../engine/gpu/buffers.ts";
import type { GpuContext } from "../engine/gpu/context.ts";
import type { Dispatch } from "../engine/gpu/kernel.ts";
import { readFloats } from "../engine/gpu/readback.ts";
import { packBatch, scoredIndex } from "../engine/policy/packed-batch.ts";
import { packParameters, parameterLayout, unpackParameters } from "../engine/policy/parameters.ts";
import { createPolicy, type Policy } from "../engine/policy/policy.ts";
import type { PolicyShape } from "../engine/policy/shape.ts";
import type { PictureBatch } from "../engine/policy/vision/pictures.ts";
import { relativeError, type Tally } from "./report.ts";

// What the files of whole models share: a policy over one batch, passes through it, the cached decoder.

/** [row][position]; null where nothing is defined. */
export type Grid<T> = (T | null)[][];

/** Weights and batch of a case. */
export interface ModelCase {
  weights: Record<string, { shape: number[]; data: number[] }>;
  input_ids: number[][];
  attention_mask: number[][];
}

export interface DecodedCase {
  kv_cache: { entries: { prefix: number[]; last_logits: number[] }[] };
  greedy: {
    prompt_ids: number[][];
    /** No padding when left out. */
    prompt_mask?: number[][];
    max_new_tokens: number;
    sequences: number[][];
  };
}

/** The cached decoder over one set of weights, as the vectors need it. */
export interface Decoder {
  /** Logits after the last token of `prefix`, every token having gone through the cache. */
  lastLogits(prefix: readonly number[], pictures?: PictureBatch): Promise<ArrayLike<number>>;
  /** Prompts (left-padded) with `newTokens` most likely tokens after them. [row][column] */
  greedy(
    prompts: readonly (readonly number[])[],
    start: readonly number[],
    newTokens: number,
  ): Promise<readonly (readonly number[])[]>;
}

export type Decode = (gpu: GpuContext, shape: PolicyShape, params: GPUBuffer) => Promise<Decoder>;

/** f32 against float64, of the largest magnitude: values, gradients. */
export const VALUE = 1e-5;
export const GRADIENT = 5e-5;

/** What a pass is asked for. */
export interface PassOptions {
  dlogp?: readonly number[];
  dentropy?: readonly number[];
  /** Instead of `policy.forward`. */
  forward?: Dispatch;
}

/** A policy with a case's weights and batch. */
export interface Model {
  device: GPUDevice;
  policy: Policy;
  params: GPUBuffer;
  /** Row of the logits of a position, row after row; null for padding. */
  rowOf: (position: number) => number | null;
  /** One forward and backward pass from the given gradients; everything read back. */
  pass(temperature: number, options: PassOptions): ReturnType<typeof runPass>;
  destroy(): void;
}

/** `tokens`: what the policy reads, where it is not `input_ids`: features of pictures. */
export async function openModel(
  gpu: GpuContext,
  shape: PolicyShape,
  one: ModelCase,
  tokens: readonly (readonly number[])[] = one.input_ids,
): Promise<Model> {
  const { device } = gpu;
  const layout = parameterLayout(shape);
  const weights = Object.fromEntries(
    Object.entries(one.weights).map(([name, { data }]) => [name, data]),
  );
  const params = storageBufferOf(device, "weights", "parameters", packParameters(layout, weights));
  const dparams = storageBuffer(device, "weights", "gradients", layout.length);
  const ids = one.input_ids;
  const [B, T] = [ids.length, ids[0]!.length];
  const policy = await createPolicy(gpu, shape, { B, T, head: 0 }, { params, dparams });
  const batch = {
    tokens: Uint32Array.from(tokens.flat()),
    start: Uint32Array.from(one.attention_mask, (row) => row.indexOf(1)),
    end: null,
  };
  policy.load(batch);
  const { spans } = packBatch({ B, T, head: 0 }, batch);
  const targets = Uint32Array.from(ids.flatMap((row) => [...row.slice(1), 0]));
  device.queue.writeBuffer(policy.targets, 0, targets);
  const rowOf = (position: number) => scoredIndex(spans, T, position);
  const run = { device, policy, rowOf, dparams };
  return {
    ...{ device, policy, params, rowOf },
    async pass(temperature, options) {
      return runPass(run, temperature, options, (flat) => unpackParameters(layout, flat));
    },
    destroy() {
      policy.destroy();
      params.destroy();
      dparams.destroy();
    },
  };
}

async function runPass(
  {
    device,
    policy,
    rowOf,
    dparams,
  }: Pick<Model, "device" | "policy" | "rowOf"> & {
    dparams: GPUBuffer;
  },
  temperature: number,
  { dlogp, dentropy, forward = policy.forward }: PassOptions,
  unpack: (flat: Float32Array) => Record<string, Float32Array>,
) {
  const size = policy.dlogp.size / 4;
  const fill = (buffer: GPUBuffer, values?: readonly number[]) =>
    device.queue.writeBuffer(buffer, 0, Float32Array.from(values ?? new Float32Array(size)));
  fill(policy.dlogp, dlogp);
  fill(policy.dentropy, dentropy);
  policy.setTemperature(temperature);
  submit(device, dparams, forward, policy.backward);
  const rows = (flat: Float32Array) => {
    const stride = flat.length / size;
    return Array.from({ length: size }, (_, position) => {
      const row = rowOf(position);
      return row === null ? null : flat.subarray(row * stride, (row + 1) * stride);
    });
  };
  return {
    logits: rows(await readFloats(device, policy.logits)),
    dlogits: rows(await readFloats(device, policy.dlogits!)),
    logp: [...(await readFloats(device, policy.logp))],
    entropy: [...(await readFloats(device, policy.entropy))],
    gradients: unpack(await readFloats(device, dparams)),
  };
}

function submit(device: GPUDevice, cleared: GPUBuffer, ...dispatches: Dispatch[]): void {
  const encoder = device.createCommandEncoder();
  encoder.clearBuffer(cleared);
  const compute = encoder.beginComputePass();
  for (const dispatch of dispatches) dispatch(compute);
  compute.end();
  device.queue.submit([encoder.finish()]);
}

export async function checkDecoder(
  decoder: Decoder,
  { kv_cache, greedy }: DecodedCase,
  tally: Tally,
): Promise<void> {
  for (const { prefix, last_logits } of kv_cache.entries) {
    tally.check("kv cache", relativeError(await decoder.lastLogits(prefix), last_logits), VALUE);
  }
  const { prompt_ids, prompt_mask, max_new_tokens, sequences } = greedy;
  const start = prompt_ids.map((_, row) => prompt_mask?.[row]!.indexOf(1) ?? 0);
  const made = await decoder.greedy(prompt_ids, start, max_new_tokens);
  const wrong = sequences.flat().filter((token, i) => token !== made.flat()[i]).length;
  tally.check("greedy tokens", wrong, 0);
}

export function checkGradients(
  found: Readonly<Record<string, Float32Array>>,
  expected: Readonly<Record<string, readonly number[]>>,
  tally: Tally,
  quantity = "gradients",
): void {
  for (const [name, wanted] of Object.entries(expected)) {
    tally.check(quantity, relativeError(found[name] ?? [], wanted), GRADIENT);
  }
}

/** Nothing is counted where the weight is 0: there the value may be undefined. */
export const weighted = (weights: readonly number[], values: readonly number[]): number =>
  weights.reduce((sum, weight, i) => (weight === 0 ? sum : sum + weight * values[i]!), 0);

/** Relative error over the defined entries of a grid of numbers or of rows of numbers. */
export function gridError<T extends number | number[]>(
  actual: readonly (number | Float32Array | null)[],
  expected: Grid<T>,
): number {
  const [seen, wanted]: [number[], number[]] = [[], []];
  expected.flat(1).forEach((value, i) => {
    if (value === null) return;
    const numbers: number[] = typeof value === "number" ? [value] : value;
    const got = actual[i];
    if (got === null || got === undefined) throw new Error(`position ${i} has no logits`);
    seen.push(...(typeof got === "number" ? [got] : got.subarray(0, numbers.length)));
    wanted.push(...numbers);
  });
  return relativeError(seen, wanted);
}
