import type { Binding } from "../gpu/kernel.ts";
import { findTensor, type ParameterLayout } from "./parameters.ts";

/** The ranges of a flat parameter (or gradient) buffer that one decoder layer binds. */
export interface LayerWeights {
  inputNorm: Binding; // (C)
  queryKeyValue: Binding; // ((heads + 2·kvHeads)·head, C)
  output: Binding; // (C, heads·head)
  postAttentionNorm: Binding; // (C)
  gateUp: Binding; // (2·hidden, C)
  down: Binding; // (C, hidden)
}

export interface Weights {
  embedding: Binding; // (V, C)
  layers: readonly LayerWeights[];
  norm: Binding; // (C)
  /** (Vp, C); a tied head is the embedding. */
  head: Binding;
}

/** Every weight of the policy as a binding into `buffer`. */
export function weightsIn(buffer: GPUBuffer, layout: ParameterLayout, layers: number): Weights {
  const range = (first: string, last = first): Binding => {
    const { offset } = findTensor(layout, first);
    const end = findTensor(layout, last);
    return { buffer, offset: offset * 4, size: (end.offset + end.size - offset) * 4 };
  };
  const embedding = range("model.embed_tokens.weight");
  const tied = !layout.tensors.some(({ name }) => name === "lm_head.weight");
  return {
    embedding,
    layers: Array.from({ length: layers }, (_, layer) => {
      const at = `model.layers.${layer}`;
      return {
        inputNorm: range(`${at}.input_layernorm.weight`),
        queryKeyValue: range(`${at}.self_attn.q_proj.weight`, `${at}.self_attn.v_proj.weight`),
        output: range(`${at}.self_attn.o_proj.weight`),
        postAttentionNorm: range(`${at}.post_attention_layernorm.weight`),
        gateUp: range(`${at}.mlp.gate_proj.weight`, `${at}.mlp.up_proj.weight`),
        down: range(`${at}.mlp.down_proj.weight`),
      };
    }),
    norm: range("model.norm.weight"),
    head: tied ? embedding : range("lm_head.weight"),
  };
}
