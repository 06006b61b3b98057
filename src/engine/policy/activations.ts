import type { Arena } from "../gpu/arena.ts";
import { layerPlans } from "./architectures/registry.ts";
import { type BlockGradients, blockGradients } from "./block.ts";
import { type PolicyShape, strides } from "./shape.ts";

/** Gradients of activations: every block uses the same ones in turn. */
export interface Gradients extends BlockGradients {
  /** Of the tokens that are scored. */
  scoredNormed: GPUBuffer; // (B·K, C)
  logits: GPUBuffer; // (B·K, Vp)
  /** Partial sums of all parameters' gradients. */
  partial: GPUBuffer;
}

export function gradients(
  arena: Arena,
  shape: PolicyShape,
  R: number,
  scoredRows: number,
  partials: number,
): Gradients {
  const s = strides(shape);
  return {
    ...blockGradients(arena, shape, R, layerPlans(shape)),
    scoredNormed: arena.storage("gradients", "d scored normed", scoredRows * s.width),
    logits: arena.storage("gradients", "d logits", scoredRows * s.vocab),
    partial: arena.storage("gradients", "partial sums", partials),
  };
}
