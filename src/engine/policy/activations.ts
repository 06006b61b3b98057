import type { Arena } from "../gpu/arena.ts";
import type { PolicyShape } from "./shape.ts";
import { strides } from "./shape.ts";

/** What one decoder layer keeps for its backward pass. R rows, one per place; widths are padded. */
export interface LayerActivations {
  x: GPUBuffer; // (R, C), the residual stream that enters
  inputRstd: GPUBuffer; // (R)
  q: GPUBuffer; // (R, heads·head), rotated
  kv: GPUBuffer; // (R, 2, kvHeads·head): keys, rotated, then values
  stats: GPUBuffer; // (R, heads, 2)
  o: GPUBuffer; // (R, heads·head)
  middle: GPUBuffer; // (R, C), the stream after attention
  middleRstd: GPUBuffer; // (R)
  gateUp: GPUBuffer; // (R, 2·hidden)
  h: GPUBuffer; // (R, hidden)
}

/** Gradients of activations: every layer uses the same ones in turn. */
export interface Gradients {
  stream: GPUBuffer; // (R, C), the residual stream's, adding up from the head down
  normed: GPUBuffer; // (R, C)
  gateUp: GPUBuffer; // (R, 2·hidden)
  o: GPUBuffer; // (R, heads·head)
  queryKeyValue: GPUBuffer; // (R, (heads + 2·kvHeads)·head)
  /** Of the places that are scored. */
  scoredNormed: GPUBuffer; // (B·K, C)
  logits: GPUBuffer; // (B·K, Vp)
  /** Partial sums of all parameters' gradients. */
  partial: GPUBuffer;
}

export function layerActivations(
  arena: Arena,
  shape: PolicyShape,
  R: number,
  layer: number,
): LayerActivations {
  const s = strides(shape);
  const rows = (name: string, width: number) => arena.storage(`layer ${layer} ${name}`, R * width);
  return {
    x: rows("x", s.width),
    inputRstd: rows("input rstd", 1),
    q: rows("q", s.query),
    kv: rows("kv", 2 * s.keyValue),
    stats: rows("stats", shape.heads * 2),
    o: rows("o", s.query),
    middle: rows("middle", s.width),
    middleRstd: rows("middle rstd", 1),
    gateUp: rows("gate up", s.gateUp),
    h: rows("h", s.hidden),
  };
}

export function gradients(
  arena: Arena,
  shape: PolicyShape,
  R: number,
  scoredRows: number,
  partials: number,
): Gradients {
  const s = strides(shape);
  const rows = (name: string, width: number) => arena.storage(`d ${name}`, R * width);
  return {
    stream: rows("stream", s.width),
    normed: rows("normed", s.width),
    gateUp: rows("gate up", s.gateUp),
    o: rows("o", s.query),
    queryKeyValue: rows("query key value", s.queryKeyValue),
    scoredNormed: arena.storage("d scored normed", scoredRows * s.width),
    logits: arena.storage("d logits", scoredRows * s.vocab),
    partial: arena.storage("partial sums", partials),
  };
}
