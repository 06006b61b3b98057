import { storageBufferOf } from "../gpu/buffers.ts";
import type { AttentionShape } from "../layers/attention.ts";
import type { Extent } from "../layers/grid.ts";
import type { LinearShape } from "../layers/linear.ts";
import { logProbParams, type LogProbShape } from "../layers/log-prob.ts";
import { rotaryAngles } from "../layers/rotary.ts";
import type { Arena } from "../gpu/arena.ts";
import { type BlockActivations, blockActivations } from "./block.ts";
import { attentionShape } from "./block-attention.ts";
import { extentIn, type Filled, type PlacesBuffers, placesBuffers } from "./places.ts";
import { headDim, type PolicyShape, type Strides, strides } from "./shape.ts";

/** Shapes and buffers that the forward and the backward pass share. */
export interface PolicyState {
  shape: PolicyShape;
  strides: Strides;
  /** Places, and rows of the residual stream, at most: B·T. */
  R: number;
  /** Places that reach the head at most: B·K. */
  scoredRows: number;
  scored: LogProbShape;
  /** The head: from the last stream to the logits. */
  head: LinearShape;
  attention: AttentionShape;

  /** The batch (see Places): all places, and those that are scored. */
  batch: PlacesBuffers;
  extent: Extent;
  scoredExtent: Extent;
  /** What of it is there, set with the batch. */
  filled: Filled;
  targets: GPUBuffer; // (B, K) u32
  angles: GPUBuffer; // (T, head)
  params: GPUBuffer; // uniform: temperature
  layers: readonly BlockActivations[];
  last: LastActivations;
}

/** From the last layer to the log-probs. */
export interface LastActivations {
  x: GPUBuffer; // (R, C)
  rstd: GPUBuffer; // (B·K)
  logits: GPUBuffer; // (B·K, Vp)
  stats: GPUBuffer; // (B·K, 2)
  logp: GPUBuffer; // (B, K)
  entropy: GPUBuffer; // (B, K)
}

export function policyState(
  device: GPUDevice,
  arena: Arena,
  shape: PolicyShape,
  { B, T, head }: { B: number; T: number; head: number },
): PolicyState {
  const s = strides(shape);
  const R = B * T;
  const scoredRows = B * (T - head);
  const norm = { C: shape.width, eps: shape.rmsNormEps };
  const batch = placesBuffers(device, arena, { B, T }, "batch");
  const filled: Filled = { places: R, scored: scoredRows, longest: T };
  const angles = rotaryAngles(T, headDim(shape), shape.ropeTheta);
  return {
    shape,
    strides: s,
    R,
    scoredRows,
    scored: { B, K: T - head, V: shape.vocab },
    head: { R: scoredRows, I: s.width, O: s.vocab, norm },
    attention: attentionShape(shape, B, T),

    batch,
    extent: extentIn(batch.extents, 0, () => filled.places),
    scoredExtent: extentIn(batch.extents, 1, () => filled.scored),
    filled,
    targets: arena.storage("batch", "targets", scoredRows),
    angles: arena.own(storageBufferOf(device, "activations", "angles", angles)),
    params: arena.own(logProbParams(device, { K: T - head })),
    layers: Array.from({ length: shape.layers }, (_, layer) =>
      blockActivations(arena, shape, R, layer),
    ),
    last: {
      x: arena.storage("activations", "last x", R * s.width),
      rstd: arena.storage("activations", "scored rstd", scoredRows),
      logits: arena.storage("activations", "logits", scoredRows * s.vocab),
      stats: arena.storage("activations", "log-prob stats", scoredRows * 2),
      logp: arena.storage("batch", "logp", scoredRows),
      entropy: arena.storage("batch", "entropy", scoredRows),
    },
  };
}
