import type { GpuContext } from "../gpu/context.ts";
import type { Binding } from "../gpu/kernel.ts";
import { linearPartials } from "../layers/linear.ts";
import type { MixtureShape } from "../layers/mixture-shape.ts";
import type { Routes, Slots } from "../layers/mixture.ts";
import { rmsNormPartials } from "../layers/rms-norm.ts";
import { vectorPartials } from "../layers/vector-partials.ts";
import type { MixturePlan } from "./architectures/architecture.ts";
import type { Rows } from "./block-attention.ts";
import type { MlpWeights } from "./block-mlp.ts";
import type { BlockTensor, RangeOf } from "./block-tensor.ts";
import type { RoutingPart } from "./routing.ts";
import { ceil4, type PolicyShape, strides } from "./shape.ts";

// A mixture of experts in the place of the MLP: next = middle + Σ_j weight_j · expert_j(norm(middle)),
// each token through the k experts that a router chooses. The passes: mixture-half.ts.

/** `gateUp` and `down` are all experts', one behind the other. */
export interface MixtureWeights extends MlpWeights {
  router: Binding; // (ceil4(experts), C)
  routerBias?: Binding; // (ceil4(experts))
}

export function mixtureTensors({ width }: PolicyShape, plan: MixturePlan): BlockTensor[] {
  const { tensors, experts, bias } = plan;
  return [
    { name: "post_attention_layernorm.weight", shape: [width], groups: [1], starts: 1 },
    { name: tensors.router, shape: [experts, width], groups: [1, 1] },
    ...(bias
      ? [{ name: tensors.routerBias, shape: [experts], groups: [1], starts: 0 } as const]
      : []),
    ...tensors.gateUp,
    ...tensors.gateUpBias,
    ...tensors.down,
    ...tensors.downBias,
  ];
}

export function mixtureWeights({ tensors, bias }: MixturePlan, range: RangeOf): MixtureWeights {
  const all = (each: readonly BlockTensor[]) => range(each[0]!.name, each.at(-1)!.name);
  return {
    postAttentionNorm: range("post_attention_layernorm.weight"),
    router: range(tensors.router),
    gateUp: all(tensors.gateUp),
    down: all(tensors.down),
    ...(bias && {
      routerBias: range(tensors.routerBias),
      gateUpBias: all(tensors.gateUpBias),
      downBias: all(tensors.downBias),
    }),
  };
}

/** What the half leaves for its backward pass. R rows; widths are padded, F is an expert's. */
export interface MixtureStream extends Routes, Slots {
  kind: "mixture";
  logits: Binding; // (R, ceil4(experts))
  counts: Binding; // see countsLength
  /** Routes that a replay takes. */
  given: Binding; // (R, perToken) u32
  n: GPUBuffer; // (R·perToken, C), what the experts read
  gateUp: GPUBuffer; // (R·perToken, 2·F)
  h: GPUBuffer; // (R·perToken, F)
  y: GPUBuffer; // (R·perToken, C), what they found
}

/** `routed`: the layer's ranges of buffers that all layers share (routing.ts). */
export function mixtureStream(
  rows: Rows,
  shape: PolicyShape,
  plan: MixturePlan,
  routed: Pick<MixtureStream, RoutingPart>,
): MixtureStream {
  const { width } = strides(shape);
  const { perToken: K } = plan;
  const F = ceil4(plan.hidden);
  return {
    kind: "mixture",
    ...routed,
    slots: rows("slots", K),
    order: rows("order", K),
    n: rows("experts' input", K * width),
    gateUp: rows("experts' gate up", K * 2 * F),
    h: rows("experts' h", K * F),
    y: rows("experts' output", K * width),
  };
}

/** Gradients of the half's activations; every block uses the same buffers in turn. */
export interface MixtureGradients {
  y: GPUBuffer; // (R·perToken, C)
  weights: GPUBuffer; // (R, perToken)
  gateUp: GPUBuffer; // (R·perToken, 2·F)
  n: GPUBuffer; // (R·perToken, C)
  logits: GPUBuffer; // (R, ceil4(experts))
}

export function mixtureGradients(
  rows: Rows,
  shape: PolicyShape,
  { perToken: K, experts, hidden }: MixturePlan,
): MixtureGradients {
  const { width } = strides(shape);
  return {
    y: rows("experts' output", K * width),
    weights: rows("routers' weights", K),
    gateUp: rows("experts' gate up", K * 2 * ceil4(hidden)),
    n: rows("experts' input", K * width),
    logits: rows("router logits", ceil4(experts)),
  };
}

export const routingShape = (shape: PolicyShape, plan: MixturePlan, R: number): MixtureShape => ({
  R,
  C: strides(shape).width,
  experts: plan.experts,
  perToken: plan.perToken,
  normalised: plan.normalised,
});

/** The products of the half: the router's of R tokens, the experts' of their slots. */
export function mixtureProducts(shape: PolicyShape, plan: MixturePlan, R: number) {
  const { experts: count, perToken, bias } = plan;
  const C = strides(shape).width;
  const F = ceil4(plan.hidden);
  const experts = (outputs: number, inputs: number) => ({
    ...{ count, slots: R * perToken },
    weightStride: outputs * inputs,
    biasStride: outputs,
  });
  return {
    router: {
      ...{ R, I: C, O: ceil4(count), bias },
      norm: { C: shape.width, eps: shape.rmsNormEps },
    },
    gateUp: { R, I: C, O: 2 * F, bias, experts: experts(2 * F, C) },
    down: { R, I: F, O: C, bias, experts: experts(C, F) },
  };
}

/** Partial sums of each weight's gradient; 0 where it is added to undivided. */
export function mixturePartials(
  gpu: GpuContext,
  shape: PolicyShape,
  plan: MixturePlan,
  R: number,
): Record<keyof MixtureWeights, number> {
  const { router } = mixtureProducts(shape, plan, R);
  return {
    postAttentionNorm: rmsNormPartials({ R, C: shape.width }),
    router: linearPartials(gpu, router),
    routerBias: vectorPartials(router),
    gateUp: 0,
    gateUpBias: 0,
    down: 0,
    downBias: 0,
  };
}
