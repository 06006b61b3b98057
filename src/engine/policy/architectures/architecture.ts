import type { Gate } from "../../layers/linear.ts";
import type { BlockTensor } from "../block-tensor.ts";
import type { PolicyShape } from "../shape.ts";

/** What the attention of one layer has beside Llama's. */
export interface AttentionPlan {
  /** On queries, keys and values. */
  bias: boolean;
  outputBias: boolean;
  /** Queries and keys are RMS-normalised head by head, before they turn. */
  headNorm: boolean;
  /** Each head has a sink in its softmax. */
  sinks: boolean;
  /** Tokens that a query sees, itself included; null: all before it. */
  window: number | null;
}

export interface DensePlan {
  kind: "dense";
  bias: boolean;
}

/** A router and its experts. */
export interface MixturePlan {
  kind: "mixture";
  /** E */
  experts: number;
  /** k */
  perToken: number;
  /** Width of an expert. */
  hidden: number;
  /** Softmax over the k chosen; false: over all, of which k are taken as they are. */
  normalised: boolean;
  /** On the router, gate, up and down. */
  bias: boolean;
  gate: Gate;
  tensors: MixtureTensors;
}

/** Names and places of a mixture's tensors; biases where the plan has them. */
export interface MixtureTensors {
  router: string;
  routerBias: string;
  /** Gate and up of every expert, one behind the other; then down of every expert; then biases. */
  gateUp: readonly BlockTensor[];
  down: readonly BlockTensor[];
  gateUpBias: readonly BlockTensor[];
  downBias: readonly BlockTensor[];
}

export interface LayerPlan {
  attention: AttentionPlan;
  mlp: DensePlan | MixturePlan;
}

/** An architecture: one file of this folder. Which shapes it has, config/architecture-shape.ts says. */
export interface Architecture {
  layer(shape: PolicyShape, index: number): LayerPlan;
}

/** Llama's attention: what the others add, they add to it. */
export const plainAttention: AttentionPlan = {
  bias: false,
  outputBias: false,
  headNorm: false,
  sinks: false,
  window: null,
};

export const plainMlp: DensePlan = { kind: "dense", bias: false };
