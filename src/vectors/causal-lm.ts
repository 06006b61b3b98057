import type { GpuContext } from "../engine/gpu/context.ts";
import { readFloats } from "../engine/gpu/readback.ts";
import { shapeOfConfig } from "../engine/policy/config-json.ts";
import type { Routing } from "../engine/policy/routing.ts";
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
/** [layer that has a mixture][row · columns + position][j] */
type RoutesOf<T> = T[][][];

interface CausalLmCase extends ModelCase, DecodedCase {
  name: string;
  config: Record<string, unknown>;
  logits: Grid<number[]>;
  logp: { "1.0": Grid<number>; "0.9": Grid<number> };
  entropy: { "1.0": Grid<number>; "0.9": Grid<number> };
  loss_weights: number[][];
  loss: { value: number; grads: Tensors; dlogits: Grid<number[]> };
  /** Of mixtures: over all positions, padding included. */
  routes?: { router_logits: number[][]; top_k_index: number[][]; top_k_weight: number[][] }[];
  aux?: { coef: number; aux_loss: number; grads_of_value_plus_coef_times_aux: Tensors };
  replay?: {
    top_k_index: RoutesOf<number>;
    top_k_weight: RoutesOf<number>;
    logits: Grid<number[]>;
    logp: Grid<number>;
    value: number;
    grads: Tensors;
  };
}

export interface CausalLmFile {
  cases: CausalLmCase[];
}

/** Whole models of transformers, of every architecture, against the policy. */
export async function runCausalLm(
  gpu: GpuContext,
  file: CausalLmFile,
  decode: Decode,
  onCase?: OnCase,
): Promise<VectorReport> {
  const tally = new Tally("causal-lm", onCase);
  for (const one of file.cases) {
    await tally.case(one.name, () => runCase(gpu, one, tally, decode));
  }
  return tally.report();
}

async function runCase(
  gpu: GpuContext,
  one: CausalLmCase,
  tally: Tally,
  decode: Decode,
): Promise<void> {
  const shape = shapeOfConfig(one.config);
  const model = await openModel(gpu, shape, one);
  try {
    await checkPass(model, one, tally);
    const { routing } = model.policy;
    if (routing) {
      await checkRoutes(model, routing, one, tally);
      await checkAux(model, routing, one, tally);
      await checkReplay(model, routing, one, tally);
    }
    await checkDecoder(await decode(gpu, shape, model.params), one, tally);
  } finally {
    model.destroy();
  }
}

async function checkPass(model: Model, one: CausalLmCase, tally: Tally): Promise<void> {
  const weights = one.loss_weights.flat();
  const { logits, logp, entropy, dlogits, gradients } = await model.pass(1, { dlogp: weights });
  tally.check("logits", gridError(logits, one.logits), VALUE);
  tally.check("logp", gridError(logp, one.logp["1.0"]), VALUE);
  tally.check("entropy", gridError(entropy, one.entropy["1.0"]), VALUE);
  tally.check("loss", lossError(weights, logp, one.loss.value), VALUE);
  // At padding the file has zeros, and here is nothing.
  const wanted = one.loss.dlogits.map((row, b) =>
    row.map((value, t) => (one.attention_mask[b]![t] === 1 ? value : null)),
  );
  tally.check("dlogits", gridError(dlogits, wanted), GRADIENT);
  checkGradients(gradients, one.loss.grads, tally);
  const cooler = await model.pass(0.9, { dlogp: weights });
  tally.check("logp at 0.9", gridError(cooler.logp, one.logp["0.9"]), VALUE);
  tally.check("entropy at 0.9", gridError(cooler.entropy, one.entropy["0.9"]), VALUE);
}

/** A sum that cancels is held against the sum of magnitudes. */
function lossError(weights: readonly number[], logp: readonly number[], wanted: number): number {
  const magnitudes = logp.map(Math.abs);
  const sizes = weights.map(Math.abs);
  return Math.abs(weighted(weights, logp) - wanted) / weighted(sizes, magnitudes);
}

/** What the vectors have for real tokens, as one list, in the order of positions. */
const real = <T>(model: Model, perPosition: readonly T[]): T[] =>
  perPosition.filter((_, position) => model.rowOf(position) !== null);

async function checkRoutes(
  model: Model,
  routing: Routing,
  one: CausalLmCase,
  tally: Tally,
): Promise<void> {
  const found = await readRoutes(model, routing);
  one.routes!.forEach(({ top_k_index, top_k_weight }, n) => {
    const wanted = real(model, top_k_index).flat();
    const wrong = wanted.filter((expert, i) => expert !== found.chosen[n]![i]).length;
    tally.check("experts chosen", wrong, 0);
    const error = relativeError(found.weights[n]!, real(model, top_k_weight).flat());
    tally.check("experts' weights", error, VALUE);
  });
}

/** [layer that has a mixture], real tokens in the order of positions. */
async function readRoutes({ device, rowOf, policy }: Model, routing: Routing) {
  const { stride, layers, plan } = routing;
  const K = plan.perToken;
  const weights = await readFloats(device, routing.weights);
  const bits = await readFloats(device, routing.chosen);
  const chosen = new Uint32Array(bits.buffer, bits.byteOffset, bits.length);
  const rows = Array.from({ length: policy.dlogp.size / 4 }, (_, position) => rowOf(position));
  const inOrder = (flat: Uint32Array | Float32Array, n: number) =>
    rows.flatMap((row) =>
      row === null ? [] : [...flat.subarray(n * stride + row * K).subarray(0, K)],
    );
  return {
    chosen: layers.map((_, n) => inOrder(chosen, n)),
    weights: layers.map((_, n) => inOrder(weights, n)),
  };
}

async function checkAux(
  model: Model,
  routing: Routing,
  one: CausalLmCase,
  tally: Tally,
): Promise<void> {
  const { coef, aux_loss, grads_of_value_plus_coef_times_aux: grads } = one.aux!;
  const { device } = model;
  device.queue.writeBuffer(routing.coefficient, 0, Float32Array.of(coef));
  const { gradients } = await model.pass(1, { dlogp: one.loss_weights.flat() });
  device.queue.writeBuffer(routing.coefficient, 0, Float32Array.of(0));
  const loss = (await readFloats(device, routing.balance)).at(-1)!;
  tally.check("aux loss", relativeError([loss], [aux_loss]), VALUE);
  checkGradients(gradients, grads, tally, "gradients with aux loss");
}

async function checkReplay(
  model: Model,
  routing: Routing,
  one: CausalLmCase,
  tally: Tally,
): Promise<void> {
  const { device, policy, rowOf } = model;
  const { top_k_index, top_k_weight, ...wanted } = one.replay!;
  const K = routing.plan.perToken;
  top_k_index.forEach((positions, n) => {
    const given = new Uint32Array(routing.stride);
    positions.forEach((experts, position) => {
      const row = rowOf(position);
      if (row !== null) given.set(experts, row * K);
    });
    device.queue.writeBuffer(routing.given, n * routing.stride * 4, given);
  });
  const weights = one.loss_weights.flat();
  const replayed = { dlogp: weights, forward: policy.replay! };
  const { logits, logp, gradients } = await model.pass(1, replayed);
  tally.check("replayed logits", gridError(logits, wanted.logits), VALUE);
  tally.check("replayed logp", gridError(logp, wanted.logp), VALUE);
  tally.check("replayed loss", lossError(weights, logp, wanted.value), VALUE);
  checkGradients(gradients, wanted.grads, tally, "replayed gradients");
  const found = await readRoutes(model, routing);
  top_k_weight.forEach((positions, n) => {
    const error = relativeError(found.weights[n]!, real(model, positions).flat());
    tally.check("replayed weights", error, VALUE);
  });
}
