import { storageBufferOf, uniformBuffer } from "../gpu/buffers.ts";
import type { AttentionShape } from "../layers/attention.ts";
import type { RmsNormShape } from "../layers/rms-norm.ts";
import { rotaryAngles, type RotaryShape } from "../layers/rotary.ts";
import type { SelectColumnsShape } from "../layers/select-columns.ts";
import { type Arena, type LayerActivations, layerActivations } from "./activations.ts";
import { headDim, type PolicyShape, type Strides, strides } from "./shape.ts";

/** Shapes and buffers that the forward and the backward pass share. */
export interface PolicyState {
  shape: PolicyShape;
  strides: Strides;
  /** Rows of the residual stream, B·T. */
  R: number;
  /** Rows that reach the head, B·K. */
  scoredRows: number;
  norm: RmsNormShape;
  rotary: RotaryShape;
  attention: AttentionShape;
  columns: SelectColumnsShape;

  tokens: GPUBuffer; // (B, T) u32
  start: GPUBuffer; // (B) u32
  targets: GPUBuffer; // (B, K) u32
  angles: GPUBuffer; // (T, head)
  position: GPUBuffer; // (1) u32, always 0: a batch starts at column 0
  params: GPUBuffer; // uniform: temperature
  queryKeyValue: GPUBuffer; // (R, …), fused rows of the layer at work
  layers: readonly LayerActivations[];
  last: LastActivations;
}

/** From the last layer to the log-probs. */
export interface LastActivations {
  x: GPUBuffer; // (R, C)
  scored: GPUBuffer; // (B·K, C)
  rstd: GPUBuffer; // (B·K)
  normed: GPUBuffer; // (B·K, C)
  logits: GPUBuffer; // (B·K, Vp)
  stats: GPUBuffer; // (B·K, 2)
  logp: GPUBuffer; // (B, K)
  entropy: GPUBuffer; // (B, K)
}

export function policyState(
  device: GPUDevice,
  arena: Arena,
  shape: PolicyShape,
  { B, T, head }: Omit<SelectColumnsShape, "C">,
): PolicyState {
  const s = strides(shape);
  const R = B * T;
  const scoredRows = B * (T - head);
  const heads = { heads: shape.heads, kvHeads: shape.kvHeads, head: s.head };
  const angles = rotaryAngles(T, headDim(shape), shape.ropeTheta);
  return {
    shape,
    strides: s,
    R,
    scoredRows,
    norm: { R, C: shape.width, eps: shape.rmsNormEps },
    rotary: { B, Tq: T, Tcap: T, ...heads },
    attention: { B, T, ...heads, headDim: headDim(shape) },
    columns: { B, T, head, C: s.width },

    tokens: arena.storage("tokens", R),
    start: arena.storage("start", B),
    targets: arena.storage("targets", scoredRows),
    angles: arena.own(storageBufferOf(device, "angles", angles)),
    position: arena.storage("position", 1),
    params: arena.own(uniformBuffer(device, "temperature", 1)),
    queryKeyValue: arena.storage("query key value", R * s.queryKeyValue),
    layers: Array.from({ length: shape.layers }, (_, layer) =>
      layerActivations(arena, shape, R, layer),
    ),
    last: {
      x: arena.storage("last x", R * s.width),
      scored: arena.storage("scored", scoredRows * s.width),
      rstd: arena.storage("scored rstd", scoredRows),
      normed: arena.storage("scored normed", scoredRows * s.width),
      logits: arena.storage("logits", scoredRows * s.vocab),
      stats: arena.storage("log-prob stats", scoredRows * 2),
      logp: arena.storage("logp", scoredRows),
      entropy: arena.storage("entropy", scoredRows),
    },
  };
}
