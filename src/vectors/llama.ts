import type { GpuContext } from "../engine/gpu/context.ts";
import type { PolicyShape } from "../engine/policy/shape.ts";
import {
  checkDecoder,
  checkGradients,
  type Decode,
  type DecodedCase,
  GRADIENT,
  type Grid,
  gridError,
  type Model,
  type ModelCase,
  openModel,
  VALUE,
  weighted,
} from "./model.ts";
import { type OnCase, relativeError, Tally, type VectorReport } from "./report.ts";

type Tensors = Record<string, number[]>;

interface LlamaCase extends ModelCase, DecodedCase {
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
}

export interface LlamaFile {
  cases: LlamaCase[];
}

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
  const model = await openModel(gpu, shape, one);
  try {
    const run = { model, one, tally };
    await checkTemperature1(run);
    await checkTemperature09(run);
    await checkEntropyLoss(run);
    if (!decode) throw new Error("kv_cache and greedy need a decoder, and none was given");
    await checkDecoder(await decode(gpu, shape, model.params), one, tally);
  } finally {
    model.destroy();
  }
}

interface Run {
  model: Model;
  one: LlamaCase;
  tally: Tally;
}

async function checkTemperature1({ model, one, tally }: Run): Promise<void> {
  const weights = one.loss_weights.flat();
  const { logits, logp, entropy, dlogits, gradients } = await model.pass(1, { dlogp: weights });
  tally.check("logits", gridError(logits, one.logits), VALUE);
  tally.check("logp", gridError(logp, one.logp["1.0"]), VALUE);
  tally.check("entropy", gridError(entropy, one.entropy["1.0"]), VALUE);
  tally.check("loss", relativeError([weighted(weights, logp)], [one.loss.value]), VALUE);
  tally.check("dlogits", gridError(dlogits, one.loss.dlogits), GRADIENT);
  checkGradients(gradients, one.loss.grads, tally);
}

async function checkTemperature09({ model, one, tally }: Run): Promise<void> {
  const expected = one.loss_temperature_0_9;
  const weights = one.loss_weights.flat();
  const { logp, entropy, dlogits, gradients } = await model.pass(0.9, { dlogp: weights });
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

async function checkEntropyLoss({ model, one, tally }: Run): Promise<void> {
  const weights = one.loss_weights.flat();
  const { entropy, dlogits } = await model.pass(1, { dentropy: weights });
  const { value, dlogits: expected } = one.entropy_loss;
  tally.check("entropy loss", relativeError([weighted(weights, entropy)], [value]), VALUE);
  tally.check("entropy dlogits", gridError(dlogits, expected), GRADIENT);
}
