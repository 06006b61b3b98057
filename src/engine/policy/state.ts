import { storageBufferOf } from "../gpu/buffers.ts";
import type { AttentionShape } from "../layers/attention.ts";
import type { RowRange } from "../layers/grid.ts";
import type { LinearShape } from "../layers/linear.ts";
import { logProbParams, type LogProbShape } from "../layers/log-prob.ts";
import { rotaryAngles } from "../layers/rotary.ts";
import type { Arena } from "../gpu/arena.ts";
import type { LayerPlan } from "./architectures/architecture.ts";
import { layerPlans } from "./architectures/registry.ts";
import { type BlockActivations, blockActivations } from "./block.ts";
import { attentionShape } from "./block-attention.ts";
import type { BatchShape } from "./policy.ts";
import {
  rowRangeIn,
  type BatchCounts,
  type PackedBatchBuffers,
  packedBatchBuffers,
} from "./packed-batch.ts";
import { createRouting, type Routing } from "./routing.ts";
import { type PolicyShape, rotaryOf, type Strides, strides } from "./shape.ts";

/** Shapes and buffers that the forward and the backward pass share. */
export interface PolicyState {
  shape: PolicyShape;
  strides: Strides;
  /** What each layer consists of. */
  plans: readonly LayerPlan[];
  /** Null for a policy without a mixture. */
  routing: Routing | null;
  /** PackedBatch, and rows of the residual stream, at most: B·T. */
  R: number;
  /** PackedBatch that reach the head at most: B·K. */
  scoredRows: number;
  scored: LogProbShape;
  /** The head: from the last stream to the logits. */
  head: LinearShape;
  attention: AttentionShape;

  /** The batch (see PackedBatch): all tokens, and those that are scored. */
  batch: PackedBatchBuffers;
  rowRange: RowRange;
  scoredRange: RowRange;
  /** What of it is there, set with the batch. */
  counts: BatchCounts;
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
  { B, T, head, tail = 0 }: BatchShape,
): PolicyState {
  const s = strides(shape);
  const R = B * T;
  const K = T - head - tail;
  const scoredRows = B * K;
  const norm = { C: shape.width, eps: shape.rmsNormEps };
  const batch = packedBatchBuffers(device, arena, { B, T }, "batch");
  const counts: BatchCounts = { tokens: R, scored: scoredRows, longest: T };
  const angles = rotaryAngles(T, rotaryOf(shape));
  const plans = layerPlans(shape);
  const routing = createRouting(device, arena, shape, R, "activations");
  return {
    shape,
    strides: s,
    ...{ plans, routing },
    R,
    scoredRows,
    scored: { B, K, V: shape.vocab },
    head: { R: scoredRows, I: s.width, O: s.vocab, norm },
    attention: { ...attentionShape(shape, B, T), tail: tail > 0 },

    batch,
    rowRange: rowRangeIn(batch.rowRanges, 0, () => counts.tokens),
    scoredRange: rowRangeIn(batch.rowRanges, 1, () => counts.scored),
    counts,
    targets: arena.storage("batch", "targets", scoredRows),
    angles: arena.own(storageBufferOf(device, "activations", "angles", angles)),
    params: arena.own(logProbParams(device, { K })),
    layers: plans.map((plan, layer) => blockActivations(arena, shape, R, layer, plan, routing)),
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
