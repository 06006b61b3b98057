import { storageBufferOf, uniformBuffer } from "../gpu/buffers.ts";
import type { AttentionShape } from "../layers/attention.ts";
import type { HeadsShape, LinearShape } from "../layers/linear.ts";
import { rotaryAngles } from "../layers/rotary.ts";
import { type Arena, type LayerActivations, layerActivations } from "./activations.ts";
import { headDim, type PolicyShape, type Strides, strides } from "./shape.ts";

/** The linears of the policy, by what they compute. */
export type LinearName = "queryKeyValue" | "output" | "gateUp" | "down" | "head";

/** Shapes and buffers that the forward and the backward pass share. */
export interface PolicyState {
  shape: PolicyShape;
  strides: Strides;
  /** Rows of the residual stream, B·T. */
  R: number;
  /** Rows that reach the head, B·K. */
  scoredRows: number;
  linears: Readonly<Record<LinearName, LinearShape>>;
  heads: HeadsShape;
  attention: AttentionShape;

  tokens: GPUBuffer; // (B, T) u32
  start: GPUBuffer; // (B) u32
  targets: GPUBuffer; // (B, K) u32
  angles: GPUBuffer; // (T, head)
  position: GPUBuffer; // (1) u32, always 0: a batch starts at column 0
  params: GPUBuffer; // uniform: temperature
  layers: readonly LayerActivations[];
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
  const heads = { heads: shape.heads, kvHeads: shape.kvHeads, head: s.head };
  const norm = { C: shape.width, eps: shape.rmsNormEps };
  const angles = rotaryAngles(T, headDim(shape), shape.ropeTheta);
  return {
    shape,
    strides: s,
    R,
    scoredRows,
    linears: {
      queryKeyValue: { R, I: s.width, O: s.queryKeyValue, norm },
      output: { R, I: s.query, O: s.width },
      gateUp: { R, I: s.width, O: s.gateUp, norm },
      down: { R, I: s.hidden, O: s.width },
      head: {
        R: scoredRows,
        I: s.width,
        O: s.vocab,
        norm,
        columns: { K: T - head, skip: head },
      },
    },
    heads: { Tq: T, Tcap: T, ...heads },
    attention: { B, T, ...heads, headDim: headDim(shape) },

    tokens: arena.storage("tokens", R),
    start: arena.storage("start", B),
    targets: arena.storage("targets", scoredRows),
    angles: arena.own(storageBufferOf(device, "angles", angles)),
    position: arena.storage("position", 1),
    params: arena.own(uniformBuffer(device, "temperature", 1)),
    layers: Array.from({ length: shape.layers }, (_, layer) =>
      layerActivations(arena, shape, R, layer),
    ),
    last: {
      x: arena.storage("last x", R * s.width),
      rstd: arena.storage("scored rstd", scoredRows),
      logits: arena.storage("logits", scoredRows * s.vocab),
      stats: arena.storage("log-prob stats", scoredRows * 2),
      logp: arena.storage("logp", scoredRows),
      entropy: arena.storage("entropy", scoredRows),
    },
  };
}
