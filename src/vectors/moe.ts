import type { ArchitectureName } from "../config/architecture.ts";
import { Arena } from "../engine/gpu/arena.ts";
import { storageBufferOf } from "../engine/gpu/buffers.ts";
import type { GpuContext } from "../engine/gpu/context.ts";
import { readFloats } from "../engine/gpu/readback.ts";
import { allRows } from "../engine/layers/grid.ts";
import { balanceForward } from "../engine/layers/mixture.ts";
import type { MixturePlan } from "../engine/policy/architectures/architecture.ts";
import { layerPlans } from "../engine/policy/architectures/registry.ts";
import type { Rows } from "../engine/policy/block-attention.ts";
import { mixtureGradients, mixtureStream, mixtureWeights } from "../engine/policy/block-mixture.ts";
import { mixtureBackward, mixtureForward } from "../engine/policy/mixture-half.ts";
import {
  findTensor,
  packParameters,
  type ParameterLayout,
  parameterLayout,
  unpackParameters,
} from "../engine/policy/parameters.ts";
import { createRouting } from "../engine/policy/routing.ts";
import type { PolicyShape } from "../engine/policy/shape.ts";
import { GRADIENT, VALUE } from "./model.ts";
import { type OnCase, relativeError, Tally, type VectorReport } from "./report.ts";
import { submit } from "./submit.ts";

type Nested = number | Nested[];

interface MoeCase {
  name: string;
  kind: ArchitectureName;
  hidden_size: number;
  intermediate_size: number;
  num_experts: number;
  top_k: number;
  weights: Record<string, { shape: number[]; data: number[] }>;
  x: Nested[];
  cotangent: Nested[];
  attention_mask: number[][] | null;
  top_k_index: number[][];
  top_k_weight: number[][];
  output: Nested[];
  aux_loss: number;
  aux_coef: number;
  /** Of Σ output · cotangent + aux_coef · aux_loss. */
  grad_x: Nested[];
  grads: Record<string, Nested[]>;
  aux_grad_router_weight: Nested[];
  aux_grad_x: Nested[];
}

export interface MoeFile {
  cases: MoeCase[];
}

/** transformers' blocks of experts against the engine's. */
export async function runMoe(
  gpu: GpuContext,
  file: MoeFile,
  onCase?: OnCase,
): Promise<VectorReport> {
  const tally = new Tally("moe", onCase);
  for (const one of file.cases) await tally.case(one.name, () => runCase(gpu, one, tally));
  return tally.report();
}

/**
 * A policy whose only layer has the block. The file's has no norm before it: an eps that is all of the
 * mean square, and a gain that is its root, leave what is normalised as it is.
 */
const EPS = 2 ** 60;
const shapeOf = (one: MoeCase): PolicyShape => ({
  architecture: one.kind,
  ...{ layers: 1, width: one.hidden_size, heads: 1, kvHeads: 1, hidden: one.intermediate_size },
  ...{ vocab: 4, tied: true, padTokenId: null, rmsNormEps: EPS, ropeTheta: 10_000 },
  mixture: {
    ...{ experts: one.num_experts, perToken: one.top_k },
    ...(one.kind === "qwen3_moe" && { normalised: !one.name.includes("no_norm") }),
  },
});

const flat = (values: Nested): number[] =>
  typeof values === "number" ? [values] : values.flatMap(flat);

/** The file has experts as they lie in memory: here they are as saved, by the plan's names. */
function tensorsOf(
  one: MoeCase,
  { tensors, experts, hidden }: MixturePlan,
  values: (name: string) => readonly number[],
): Record<string, readonly number[]> {
  const named: Record<string, readonly number[]> = {};
  if (one.kind === "gpt_oss") {
    named[tensors.router] = values("router.weight");
    named[tensors.routerBias] = values("router.bias");
    for (const part of ["gate_up_proj", "gate_up_proj_bias", "down_proj", "down_proj_bias"]) {
      named[`mlp.experts.${part}`] = values(`experts.${part}`);
    }
    return named;
  }
  named[tensors.router] = values("gate.weight");
  const size = hidden * one.hidden_size;
  const cut = (from: readonly number[], names: readonly { name: string }[]) =>
    names.forEach(({ name }, i) => (named[name] = from.slice(i * size, (i + 1) * size)));
  cut(values("experts.gate_up_proj"), tensors.gateUp);
  cut(values("experts.down_proj"), tensors.down);
  if (tensors.gateUp.length !== 2 * experts) throw new Error("an expert has gate and up");
  return named;
}

const AT = "model.layers.0.";

async function runCase(gpu: GpuContext, one: MoeCase, tally: Tally): Promise<void> {
  const shape = shapeOf(one);
  const { mlp } = layerPlans(shape)[0]!;
  if (mlp.kind !== "mixture") throw new Error(`${one.kind} has a mixture`);
  const layout = parameterLayout(shape);
  const named = tensorsOf(one, mlp, (name) => one.weights[name]!.data);
  const weights = Object.fromEntries(
    layout.tensors.map(({ name, shape: sizes }) => [
      name,
      named[name.replace(AT, "")] ??
        new Array<number>(sizes.reduce((all, n) => all * n, 1)).fill(Math.sqrt(EPS)),
    ]),
  );
  const block = { gpu, one, shape, plan: mlp, layout, params: packParameters(layout, weights) };
  const masked = one.attention_mask !== null;
  const rows = one.x.flat(1) as Nested[];
  const everyone = await pass(block, rows, one.cotangent.flat(1), masked ? 0 : one.aux_coef);
  tally.check("output", relativeError(everyone.output, flat(one.output)), VALUE);
  const wrong = one.top_k_index.flat().filter((e, i) => e !== everyone.chosen[i]).length;
  tally.check("experts chosen", wrong, 0);
  tally.check("weights", relativeError(everyone.weights, one.top_k_weight.flat()), VALUE);

  // Of a masked batch the load is of the others alone: both parts are held against what they add up to.
  const real = (values: readonly Nested[]) =>
    values.filter((_, i) => !masked || one.attention_mask!.flat()[i] === 1);
  const zeros = real(rows).map((row) => flat(row).map(() => 0));
  const load = await pass(block, real(rows), zeros, 1);
  tally.check("aux loss", relativeError([load.auxLoss], [one.aux_loss]), VALUE);
  const auxX = flat(real(one.aux_grad_x.flat(1)));
  tally.check("aux gradient of x", relativeError(load.dx, auxX), GRADIENT);
  const { router } = mlp.tensors;
  const auxRouter = flat(one.aux_grad_router_weight);
  tally.check(
    "aux gradient of the router",
    relativeError(load.grads[router]!, auxRouter),
    GRADIENT,
  );

  const without = (values: number[], aux: number[]) =>
    masked ? values.map((value, i) => value - one.aux_coef * aux[i]!) : values;
  const wantedX = without(flat(one.grad_x), flat(one.aux_grad_x));
  tally.check("gradient of x", relativeError(everyone.dx, wantedX), GRADIENT);
  const wanted = tensorsOf(one, mlp, (name) => flat(one.grads[name]!));
  for (const [name, values] of Object.entries(wanted)) {
    const own = name === router ? without([...values], auxRouter) : values;
    tally.check("gradients", relativeError(everyone.grads[name]!, own), GRADIENT);
  }
}

interface Block {
  gpu: GpuContext;
  one: MoeCase;
  shape: PolicyShape;
  plan: MixturePlan;
  layout: ParameterLayout;
  params: Float32Array<ArrayBuffer>;
}

const rangesIn =
  (buffer: GPUBuffer, layout: ParameterLayout) =>
  (first: string, last = first) => {
    const { offset } = findTensor(layout, AT + first);
    const end = findTensor(layout, AT + last);
    return { buffer, offset: offset * 4, size: (end.offset + end.size - offset) * 4 };
  };

/** The block forward and backward over some rows; `coefficient`: of the load-balancing loss. */
async function pass(
  { gpu, shape, plan, layout, params }: Block,
  x: readonly Nested[],
  cotangent: readonly Nested[],
  coefficient: number,
) {
  const { device } = gpu;
  const arena = new Arena(device);
  const R = x.length;
  const { width } = shape;
  const rows: Rows = (name, length) => arena.storage("batch", name, R * length);
  const upload = (values: readonly Nested[]) =>
    arena.own(storageBufferOf(device, "batch", "rows", Float32Array.from(flat([...values]))));
  const routing = createRouting(device, arena, shape, R, "batch")!;
  const stream = mixtureStream(rows, shape, plan, routing.part(0));
  const own = arena.own(storageBufferOf(device, "weights", "weights", params));
  const into = arena.storage("weights", "gradients", layout.length);
  const w = mixtureWeights(plan, rangesIn(own, layout));
  const dw = {
    ...mixtureWeights(plan, rangesIn(into, layout)),
    // Partial sums that nobody adds up: one chunk holds all rows.
    postAttentionNorm: arena.storage("gradients", "norm", width),
  };
  const middle = { middle: upload(x), middleRstd: rows("rstd", 1) };
  const next = rows("next", width);
  const d = {
    ...mixtureGradients(rows, shape, plan),
    stream: upload(cotangent),
    normed: rows("normed", width),
  };
  const rowRange = allRows(device, R);
  const ranges = { rowRange, onward: rowRange };
  const [forward, backward, balance] = await Promise.all([
    mixtureForward(gpu, shape, plan, R),
    mixtureBackward(gpu, shape, plan, R),
    balanceForward(device, { R, ...plan, layers: 1 }),
  ]);
  device.queue.writeBuffer(routing.coefficient, 0, Float32Array.of(coefficient));
  submit(
    device,
    ...forward(w, middle, stream, next, routing.chooses, ranges),
    balance({ ...routing, rowRange }),
    ...backward(w, dw, middle, stream, d, routing, ranges),
  );
  const read = (buffer: GPUBuffer) => readFloats(device, buffer);
  const [after, before, dx, given] = await Promise.all(
    [next, middle.middle, d.stream, upload(cotangent)].map(read),
  );
  const gradients = unpackParameters(layout, await read(into));
  const chosen = await read(routing.chosen);
  const result = {
    output: after!.map((value, i) => value - before![i]!),
    dx: dx!.map((value, i) => value - given![i]!),
    auxLoss: (await read(routing.balance)).at(-1)!,
    chosen: new Uint32Array(chosen.buffer, chosen.byteOffset, chosen.length),
    weights: (await read(routing.weights)).subarray(0, R * plan.perToken),
    grads: Object.fromEntries(
      Object.entries(gradients).map(([name, values]) => [name.replace(AT, ""), values]),
    ),
  };
  arena.destroy();
  return result;
}
