import type { Binding } from "../gpu/kernel.ts";
import type { LayerPlan } from "./architectures/architecture.ts";
import { type BlockWeights, blockWeights } from "./block.ts";
import type { RangeOf } from "./block-tensor.ts";
import { findTensor, type ParameterLayout } from "./parameters.ts";

export interface Weights {
  embedding: Binding; // (V, C)
  layers: readonly BlockWeights[];
  norm: Binding; // (C)
  /** (Vp, C); a tied head is the embedding. */
  head: Binding;
}

/** Binds tensors of the layout, from a first to a last one, where they lie in `buffer`. */
export const rangesIn =
  (buffer: GPUBuffer, layout: ParameterLayout): RangeOf =>
  (first, last = first) => {
    const { offset } = findTensor(layout, first);
    const end = findTensor(layout, last);
    return { buffer, offset: offset * 4, size: (end.offset + end.size - offset) * 4 };
  };

/** Every weight of the policy as a binding into `buffer`. */
export function weightsIn(
  buffer: GPUBuffer,
  layout: ParameterLayout,
  plans: readonly LayerPlan[],
): Weights {
  const range = rangesIn(buffer, layout);
  const embedding = range("model.embed_tokens.weight");
  const tied = !layout.tensors.some(({ name }) => name === "lm_head.weight");
  return {
    embedding,
    layers: plans.map((plan, layer) => {
      const at = `model.layers.${layer}`;
      return blockWeights(plan, (first, last = first) => range(`${at}.${first}`, `${at}.${last}`));
    }),
    norm: range("model.norm.weight"),
    head: tied ? embedding : range("lm_head.weight"),
  };
}
