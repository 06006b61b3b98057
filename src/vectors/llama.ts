import { storageBuffer, storageBufferOf } from "../engine/gpu/buffers.ts";
import type { GpuContext } from "../engine/gpu/context.ts";
import type { Dispatch } from "../engine/gpu/kernel.ts";
import { readFloats } from "../engine/gpu/readback.ts";
import {
  packParameters,
  type ParameterLayout,
  parameterLayout,
  unpackParameters,
} from "../engine/policy/parameters.ts";
import { packBatch, scoredIndex } from "../engine/policy/packed-batch.ts";
import { createPolicy, type Policy } from "../engine/policy/policy.ts";
import { type PolicyShape } from "../engine/policy/shape.ts";
import { type OnCase, relativeError, Tally, type VectorReport } from "./report.ts";

type Tensors = Record<string, number[]>;
/** [row][position]; null where nothing is defined. */
type Grid<T> = (T | null)[][];

interface LlamaCase {
  name: string;
  config: {
    vocab_size: number;
    hidden_size: number;
    intermediate_size: number;
    num_hidden_layers: number;
    num_attention_heads: number;
    num_key_value_heads: number;
    head_dim: number;
    rms_norm_eps: number;
    rope_theta: number;
    tie_word_embeddings: boolean;
    pad_token_id: number | null;
  };
  weights: Record<string, { shape: number[]; data: number[] }>;
  input_ids: number[][];
  attention_mask: number[][];
  logits: Grid<number[]>;
  logp: { "1.0": Grid<number>; "0.9": Grid<number> };
  entropy: { "1.0": Grid<number>; "0.9": Grid<number> };
  loss_weights: number[][];
  loss: { value: number; grads: Tensors; dlogits: Grid<number[]> };
  loss_temperature_0_9: {
    value: number;
    dlogits: Grid<number[]>;
    grad_checks: Record<string, { sum: number; sumsq: number }>;
  };
  entropy_loss: { value: number; dlogits: Grid<number[]> };
  kv_cache: { entries: { prefix: number[]; last_logits: number[] }[] };
  greedy: {
    prompt_ids: number[][];
    prompt_mask: number[][];
    max_new_tokens: number;
    sequences: number[][];
  };
}

export interface LlamaFile {
  cases: LlamaCase[];
}

/** The cached decoder over one set of weights, as the vectors need it. */
export interface Decoder {
  /** Logits after the last token of `prefix`, every token having gone through the cache. */
  lastLogits(prefix: readonly number[]): Promise<ArrayLike<number>>;
  /** Prompts (left-padded) with `newTokens` most likely tokens after them. [row][column] */
  greedy(
    prompts: readonly (readonly number[])[],
    start: readonly number[],
    newTokens: number,
  ): Promise<readonly (readonly number[])[]>;
}

export type Decode = (gpu: GpuContext, shape: PolicyShape, params: GPUBuffer) => Promise<Decoder>;

/** f32 against float64, of the largest magnitude: values, gradients. */
const VALUE = 1e-5;
const GRADIENT = 5e-5;

/** transformers' Llama against the policy; without `decode` the cached path counts as failed. */
export async function runLlama(
  gpu: GpuContext,
  file: LlamaFile,
  decode: Decode | null,
  onCase?: OnCase,
): Promise<VectorReport> {
  const tally = new Tally("llama", onCase);
  for (const one of file.cases) {
    await tally.case(one.name, () => runCase(gpu, one, tally, decode));
  }
  return tally.report();
}

const policyShape = ({ config }: LlamaCase): PolicyShape => ({
  layers: config.num_hidden_layers,
  width: config.hidden_size,
  heads: config.num_attention_heads,
  kvHeads: config.num_key_value_heads,
  headDim: config.head_dim,
  hidden: config.intermediate_size,
  tied: config.tie_word_embeddings,
  rmsNormEps: config.rms_norm_eps,
  ropeTheta: config.rope_theta,
  vocab: config.vocab_size,
  padTokenId: config.pad_token_id,
});

async function runCase(
  gpu: GpuContext,
  one: LlamaCase,
  tally: Tally,
  decode: Decode | null,
): Promise<void> {
  const shape = policyShape(one);
  const layout = parameterLayout(shape);
  const weights = Object.fromEntries(
    Object.entries(one.weights).map(([name, { data }]) => [name, data]),
  );
  const { device } = gpu;
  const params = storageBufferOf(device, "weights", "parameters", packParameters(layout, weights));
  const dparams = storageBuffer(device, "weights", "gradients", layout.length);
  const ids = one.input_ids;
  const [B, T] = [ids.length, ids[0]!.length];
  const policy = await createPolicy(gpu, shape, { B, T, head: 0 }, { params, dparams });
  const batch = {
    tokens: Uint32Array.from(ids.flat()),
    start: Uint32Array.from(one.attention_mask, (row) => row.indexOf(1)),
    end: null,
  };
  policy.load(batch);
  const { spans } = packBatch({ B, T, head: 0 }, batch);
  const targets = Uint32Array.from(ids.flatMap((row) => [...row.slice(1), 0]));
  device.queue.writeBuffer(policy.targets, 0, targets);
  try {
    const rowOf = (scored: number) => scoredIndex(spans, T, scored);
    const run = { device, policy, rowOf, dparams, layout, one, tally };
    await checkTemperature1(run);
    await checkTemperature09(run);
    await checkEntropyLoss(run);
    if (!decode) throw new Error("kv_cache and greedy need a decoder, and none was given");
    await checkDecoder(await decode(gpu, shape, params), one, tally);
  } finally {
    policy.destroy();
    params.destroy();
    dparams.destroy();
  }
}

interface Run {
  device: GPUDevice;
  policy: Policy;
  /** Row of the logits of a position, row after row; null for padding. */
  rowOf: (position: number) => number | null;
  dparams: GPUBuffer;
  layout: ParameterLayout;
  one: LlamaCase;
  tally: Tally;
}

async function checkTemperature1(run: Run): Promise<void> {
  const { one, tally } = run;
  const weights = one.loss_weights.flat();
  const { logits, logp, entropy, dlogits, gradients } = await pass(run, 1, { dlogp: weights });
  tally.check("logits", gridError(logits, one.logits), VALUE);
  tally.check("logp", gridError(logp, one.logp["1.0"]), VALUE);
  tally.check("entropy", gridError(entropy, one.entropy["1.0"]), VALUE);
  tally.check("loss", relativeError([weighted(weights, logp)], [one.loss.value]), VALUE);
  tally.check("dlogits", gridError(dlogits, one.loss.dlogits), GRADIENT);
  for (const [name, expected] of Object.entries(one.loss.grads)) {
    tally.check("gradients", relativeError(gradients[name] ?? [], expected), GRADIENT);
  }
}

async function checkTemperature09(run: Run): Promise<void> {
  const { one, tally } = run;
  const expected = one.loss_temperature_0_9;
  const weights = one.loss_weights.flat();
  const { logp, entropy, dlogits, gradients } = await pass(run, 0.9, { dlogp: weights });
  tally.check("logp at 0.9", gridError(logp, one.logp["0.9"]), VALUE);
  tally.check("entropy at 0.9", gridError(entropy, one.entropy["0.9"]), VALUE);
  tally.check("loss at 0.9", relativeError([weighted(weights, logp)], [expected.value]), VALUE);
  tally.check("dlogits at 0.9", gridError(dlogits, expected.dlogits), GRADIENT);
  for (const [name, { sum, sumsq }] of Object.entries(expected.grad_checks)) {
    const values = [...(gradients[name] ?? [])];
    const total = (f: (value: number) => number) => values.reduce((all, x) => all + f(x), 0);
    // A sum that cancels is held against the sum of magnitudes.
    const sumError = Math.abs(total((x) => x) - sum) / total(Math.abs);
    tally.check("gradient sums at 0.9", sumError, GRADIENT);
    tally.check("gradient squares at 0.9", relativeError([total((x) => x * x)], [sumsq]), GRADIENT);
  }
}

async function checkEntropyLoss(run: Run): Promise<void> {
  const { one, tally } = run;
  const weights = one.loss_weights.flat();
  const { entropy, dlogits } = await pass(run, 1, { dentropy: weights });
  const { value, dlogits: expected } = one.entropy_loss;
  tally.check("entropy loss", relativeError([weighted(weights, entropy)], [value]), VALUE);
  tally.check("entropy dlogits", gridError(dlogits, expected), GRADIENT);
}

async function checkDecoder(decoder: Decoder, one: LlamaCase, tally: Tally): Promise<void> {
  for (const { prefix, last_logits } of one.kv_cache.entries) {
    tally.check("kv cache", relativeError(await decoder.lastLogits(prefix), last_logits), VALUE);
  }
  const { prompt_ids, prompt_mask, max_new_tokens, sequences } = one.greedy;
  const start = prompt_mask.map((row) => row.indexOf(1));
  const made = await decoder.greedy(prompt_ids, start, max_new_tokens);
  const wrong = sequences.flat().filter((token, i) => token !== made.flat()[i]).length;
  tally.check("greedy tokens", wrong, 0);
}

/** One forward and backward pass from the given gradients; everything read back. */
async function pass(
  { device, policy, rowOf, dparams, layout }: Run,
  temperature: number,
  { dlogp, dentropy }: { dlogp?: readonly number[]; dentropy?: readonly number[] },
) {
  const size = policy.dlogp.size / 4;
  const fill = (buffer: GPUBuffer, values?: readonly number[]) =>
    device.queue.writeBuffer(buffer, 0, Float32Array.from(values ?? new Float32Array(size)));
  fill(policy.dlogp, dlogp);
  fill(policy.dentropy, dentropy);
  policy.setTemperature(temperature);
  submit(device, dparams, policy.forward, policy.backward);
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
    gradients: unpackParameters(layout, await readFloats(device, dparams)),
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

/** Nothing is counted where the weight is 0: there the value may be undefined. */
const weighted = (weights: readonly number[], values: readonly number[]) =>
  weights.reduce((sum, weight, i) => (weight === 0 ? sum : sum + weight * values[i]!), 0);

/** Relative error over the defined entries of a grid of numbers or of rows of numbers. */
function gridError<T extends number | number[]>(
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
