import { headDim } from "../../config/architecture-shape.ts";
import type { PolicyConfig } from "../../config/types.ts";
import type { BlockTensor } from "./block-tensor.ts";

/** What decides the policy's buffers and kernels. */
export interface PolicyShape extends PolicyConfig {
  /** V, entries of the vocabulary. */
  vocab: number;
  /** The token whose embedding row gets no look-up gradient (torch: `padding_idx`), or null. */
  padTokenId: number | null;
  /**
   * Of a policy that sees pictures: the tensors of tower and projector (vision/tensors.ts), under their
   * full names. Part of the shape, for their code is only loaded where there is a tower.
   */
  visionTensors?: readonly BlockTensor[];
}

/** Lengths of one row of each kind of activation, as they lie in buffers. */
export interface Strides {
  /** The residual stream. */
  width: number;
  /** One head: both rotary halves, each padded. */
  head: number;
  /** All query heads of a row; also the attention's output. */
  query: number;
  /** All key (or value) heads of a row: one column of the cache. */
  keyValue: number;
  /** Fused rows: query, key, value. */
  queryKeyValue: number;
  hidden: number;
  /** Fused rows: gate, up. */
  gateUp: number;
  vocab: number;
}

/** Rows are whole vec4s, so that every kernel loads 16 bytes at a time; the padding stays zero. */
export const ceil4 = (length: number): number => Math.ceil(length / 4) * 4;

/** Row lengths in floats. */
export function strides(shape: PolicyShape): Strides {
  // Element j of a head turns with element j + D/2, so each half starts at a vec4.
  const head = 2 * ceil4(headDim(shape) / 2);
  const query = shape.heads * head;
  const keyValue = shape.kvHeads * head;
  const hidden = ceil4(shape.hidden);
  return {
    width: ceil4(shape.width),
    head,
    query,
    keyValue,
    queryKeyValue: query + 2 * keyValue,
    hidden,
    gateUp: 2 * hidden,
    vocab: ceil4(shape.vocab),
  };
}

/** Bytes of a column's keys and values, one layer's. */
export const keyValueBytes = (shape: PolicyShape): number => 2 * strides(shape).keyValue * 4;

/** What turns the policy's queries and keys. */
export const rotaryOf = (shape: PolicyShape) => ({
  headDim: headDim(shape),
  theta: shape.ropeTheta,
  scaling: shape.rotaryScaling ?? null,
});
